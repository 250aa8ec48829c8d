import { execa } from 'execa';

import { toolPath } from '../../tools/paths.mjs';
import { etcdUrl, statePath } from '../place.ts';

/** Where etcd answers, and the certificate it wants from a client: paths on the machine. */
export interface EtcdAccess {
  readonly endpoint: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Runs etcdctl against the node's etcd and returns what it printed. */
export type Etcdctl = (argv: readonly string[], stdin?: string) => Promise<string>;

/** The way to the lab's etcd, from the machine. */
export const etcdAccess: EtcdAccess = {
  endpoint: etcdUrl,
  caFile: statePath('pki', 'etcd-signer.crt'),
  certFile: statePath('pki', 'etcd-client.crt'),
  keyFile: statePath('pki', 'etcd-client.key'),
};

/** etcdctl on the machine, speaking to the node's etcd. */
export const etcdctl: Etcdctl = async (argv, stdin) => {
  const env = {
    ETCDCTL_ENDPOINTS: etcdAccess.endpoint,
    ETCDCTL_CACERT: etcdAccess.caFile,
    ETCDCTL_CERT: etcdAccess.certFile,
    ETCDCTL_KEY: etcdAccess.keyFile,
    NO_PROXY: '*',
  };
  const { stdout } = await execa(toolPath('etcdctl'), argv, { env, input: stdin ?? '' });
  return stdout;
};
