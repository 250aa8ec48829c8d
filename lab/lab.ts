import { execa } from 'execa';

import { LabError } from './lab-error.ts';
import { auditLog } from './cluster/kube-apiserver.ts';
import { type EtcdAccess, type Etcdctl, etcdAccess, etcdctl } from './cluster/etcdctl.ts';
import { type LabState, readLabState } from './lab-state.ts';
import { kubeconfigPaths } from './kubeconfigs.ts';
import { isRunning } from './machine/processes.ts';
import { requireRootOnLinux } from './machine/requirements.ts';
import { nodeEnvironment, onNode, seenFromMachine } from './node/enter.ts';
import { apiServerUrl, place } from './place.ts';

/** How a command on the node ended. */
export interface NodeCommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A lab that is up, for a program on the same machine. Paths are the machine's unless said otherwise. */
export interface Lab {
  readonly nodeName: string;
  readonly nodeAddress: string;
  /** The machine, as the node reaches it: what a server must listen on for the node. */
  readonly machineAddress: string;
  readonly apiServerUrl: string;
  /** A kubeconfig of cluster-admin, with client certificate. */
  readonly kubeconfigPath: string;
  /** A kubeconfig of a service account that may do what a backup needs, with a bearer token. */
  readonly backupKubeconfigPath: string;
  /** The namespace in which that service account makes its pods. */
  readonly backupNamespace: string;
  /** The image of the etcd static pod, by digest: in the node's store, and in no registry. */
  readonly etcdImage: string;
  readonly etcd: EtcdAccess;
  readonly etcdctl: Etcdctl;
  /** The API server's audit log: one JSON object per line, every request by its URI. */
  readonly auditLogPath: string;
  /** Runs a program on the node as its root; a failure is a result, not an error. Ends with the node. */
  exec(argv: readonly string[], options?: { readonly stdin?: string }): Promise<NodeCommandResult>;
  /**
   * Where the machine sees an absolute path of the node, for reading and writing, while the lab is up. A
   * link on the way that is absolute leads to the machine's files: leave those to `exec`.
   */
  nodePath(path: string): string;
}

/**
 * The lab that is up on this machine.
 *
 * @throws `LabError` when none is, off Linux and without root
 */
export function openLab(): Lab {
  requireRootOnLinux();
  const state = readLabState();
  if (state?.phase !== 'up' || !isRunning(state.keeper)) {
    throw new LabError('the lab is not up: npm run lab -- up');
  }
  return labOf(state);
}

/** The lab that a note describes. */
export function labOf({ keeper, etcdImage }: LabState): Lab {
  return {
    nodeName: place.nodeName,
    nodeAddress: place.nodeAddress,
    machineAddress: place.machineAddress,
    apiServerUrl,
    kubeconfigPath: kubeconfigPaths.admin,
    backupKubeconfigPath: kubeconfigPaths.backup,
    backupNamespace: 'etcd-backup',
    etcdImage,
    etcd: etcdAccess,
    etcdctl,
    auditLogPath: seenFromMachine(keeper.pid, auditLog),
    exec: async (argv, { stdin = '' } = {}) => {
      const options = { input: stdin, reject: false, stripFinalNewline: false };
      const { exitCode, stdout, stderr } = await execa('nsenter', onNode(keeper.pid, argv), {
        ...nodeEnvironment,
        ...options,
      });
      if (exitCode === undefined)
        throw new LabError(`${argv[0]} was ended by a signal on the node`);
      return { exitCode, stdout, stderr };
    },
    nodePath: (path) => seenFromMachine(keeper.pid, path),
  };
}
