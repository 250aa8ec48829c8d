import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ApiServer } from './api-server.ts';
import type { ExecProtocol } from './api-server.ts';
import { certificateAuthority, serverCertificate } from './certificates.ts';
import { named } from './cluster-objects.ts';
import type { ClusterObjects } from './cluster-objects.ts';
import { clientNamespace, defaultObjects } from './default-objects.ts';
import { Egress } from './egress.ts';
import type { NodeEtcd } from './etcd-node-files.ts';
import type { FaultHandle, FaultTimes } from './fault-list.ts';
import { Faults } from './faults.ts';
import type { ApiFault, ExecFault } from './faults.ts';
import { clientKubeconfig } from './kubeconfig.ts';
import { Kubelet } from './kubelet.ts';
import { Leases } from './leases.ts';
import { ResourceVersions } from './object-meta.ts';
import { isAtLeast } from './openshift-version.ts';
import type { PodEnd } from './pod-status.ts';
import { Pods } from './pods.ts';
import type { LoggedRequest } from './request-log.ts';
import { requireTools } from './required-tools.ts';
import { routes } from './routes.ts';
import { setProxy } from './set-proxy.ts';
import type { ProxySettings } from './set-proxy.ts';
import { StandInNode } from './stand-in-node.ts';
import { startMachine } from './start-machine.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** What a stand-in cluster is made of; everything has a default. */
export interface StandInClusterOptions {
  /** @default 1: `master-0` */
  readonly nodes?: 1 | 2 | 3 | 4 | 5;
  /** The OpenShift version, 4.3.0 or later: the objects, the nodes' files and their script are of its time. @default '4.16.20' */
  readonly version?: string;
  /** The etcd that every node reaches; absent, the nodes' scripts find none. See `startEtcd`. */
  readonly etcd?: NodeEtcd;
  /** Binaries of this machine that every node has in /usr/local/bin, before 4.4 in an image; without etcdctl its script fails. */
  readonly tools?: { readonly etcdctl?: string; readonly etcdutl?: string };
  /** The size of each node's disk, in bytes of this machine's memory when it is full. @default 1 GiB */
  readonly diskBytes?: number;
  /** What the server offers, in its order. @default v5 and v4 */
  readonly execProtocols?: readonly ExecProtocol[];
}

/** A running stand-in cluster. */
export interface StandInCluster {
  /** `https://127.0.0.1:<port>`. */
  readonly server: string;
  /** The client's kubeconfig as text; it may do everything, in every namespace. */
  readonly kubeconfig: string;
  /** The same as a file, which only this user can read. */
  readonly kubeconfigPath: string;
  /** The client's bearer token: a canary for tests that look for leaks. */
  readonly token: string;
  /** A namespace in which privileged pods are allowed: `etcd-backup`. */
  readonly namespace: string;
  /** What the API serves; a test may change it at any time. */
  readonly objects: ClusterObjects;
  /** Every request so far, oldest first; the nodes' own are marked. */
  readonly requests: readonly LoggedRequest[];
  readonly nodes: readonly StandInNode[];
  /** The hosts outside that the scripts of 4.3 need, and a proxy to them; every node reaches them at first. */
  readonly egress: Egress;
  /** The node of this name. @default the first one @throws `Error` when there is none */
  node(name?: string): StandInNode;
  /** Turns the cluster-wide proxy on, in the Proxy object and on the nodes. */
  setProxy(settings: ProxySettings): Promise<void>;
  readonly faults: StandInFaults;
  /** Ends everything; nothing stays on this machine. Safe to repeat. */
  close(): Promise<void>;
}

/** What can be made to go wrong. Faults of nodes and of their script are methods of the node. */
export interface StandInFaults {
  /** Breaks every open exec connection now, without a close frame. Returns how many there were. */
  cutExecs(): number;
  /** Puts an exec fault in force. */
  exec(fault: ExecFault): FaultHandle;
  /** Puts a fault of API requests in force; exec upgrades are `get` of `pods/exec`. */
  api(fault: ApiFault): FaultHandle;
  /** Breaks every new connection as soon as it is made, those of the nodes included; open ones live on. */
  refuseConnections(times?: FaultTimes): FaultHandle;
  /** Kills a pod's processes at once; the pod stays, as failed. */
  killPod(namespace: string, name: string, end?: PodEnd): Promise<void>;
  /** Removes every fault that is in force. */
  removeAll(): void;
}

/**
 * Starts a cluster that looks like OpenShift to a client: real TLS, tokens, pods, leases and exec connections, and
 * commands that are ordinary processes on nodes with root file systems of their own.
 *
 * Needs Linux and user namespaces, no privileges: nothing that runs in it can do more than this user. Everything ends
 * with `close`, and also when this process is killed.
 *
 * @throws `Error` that says what is missing, when this machine cannot do that
 */
export async function startStandInCluster(
  options: StandInClusterOptions = {},
): Promise<StandInCluster> {
  if (process.platform !== 'linux') {
    throw new Error(`the stand-in cluster needs Linux: this is ${process.platform}`);
  }
  requireTools();
  const directory = await temporaryDirectory('cluster');
  const closers: (() => Promise<void>)[] = [
    async () => await rm(directory, { recursive: true, force: true }),
  ];
  const closeAll = async () => {
    for (const step of closers.toReversed()) await step();
  };
  let closing: Promise<void> | undefined;
  const close = async () => await (closing ??= closeAll());
  try {
    return await start(options, { directory, closers, close });
  } catch (error) {
    await close();
    throw error;
  }
}

interface Start {
  readonly directory: string;
  /** What ends what was started, in the order of starting. */
  readonly closers: (() => Promise<void>)[];
  readonly close: () => Promise<void>;
}

async function start(
  options: StandInClusterOptions,
  { directory, closers, close }: Start,
): Promise<StandInCluster> {
  const { version = '4.16.20', execProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] } =
    options;
  const nodeNames = Array.from({ length: options.nodes ?? 1 }, (_, index) => `master-${index}`);
  const faults = new Faults();
  const authority = await certificateAuthority('kube-apiserver-stand-in');
  const tokens = { client: newToken(), node: newToken() };
  const api = new ApiServer({
    tokens,
    execProtocols,
    faults,
    certificate: await serverCertificate(authority),
  });
  const server = await api.listen();
  closers.push(async () => {
    faults.removeAll();
    await api.close();
  });

  const versions = new ResourceVersions();
  const objects = await defaultObjects(versions, { nodeNames, version, server });
  const pods = new Pods(objects, versions);
  const leases = new Leases(objects, versions);
  api.serve(routes({ version, objects, versions, pods, leases, faults }));

  const access = { server, certificateAuthority: authority.certificate, token: tokens.node };
  const egress = await Egress.start(directory, options.tools?.etcdctl);
  closers.push(async () => await egress.close());
  const started = await Promise.allSettled(
    nodeNames.map(async (name) => {
      const more = isAtLeast(version, '4.4') ? {} : egress.nodeFiles();
      const own = { ...options, name, nodeNames, version, directory, access, more };
      const machine = await startMachine(own);
      closers.push(async () => await machine.close());
      const object = named(objects.nodes, name);
      object.status.nodeInfo.bootID = machine.bootId;
      const kubelet = new Kubelet(machine, object, pods);
      pods.register(kubelet);
      const node = new StandInNode(machine, kubelet, object);
      egress.add(node);
      return node;
    }),
  );
  // Only now, so that none is still starting while the others are closed.
  const nodes = started.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });

  const kubeconfig = clientKubeconfig({ ...access, token: tokens.client });
  const kubeconfigPath = join(directory, 'kubeconfig');
  await writeFile(kubeconfigPath, kubeconfig, { mode: 0o600 });
  return {
    server,
    kubeconfig,
    kubeconfigPath,
    objects,
    nodes,
    egress,
    close,
    token: tokens.client,
    namespace: clientNamespace,
    requests: api.requests,
    node: (name = 'master-0') => {
      const found = nodes.find((node) => node.name === name);
      if (!found) throw new Error(`no node ${name}, there are: ${nodeNames.join(', ')}`);
      return found;
    },
    setProxy: async (settings) => await setProxy(objects, nodes, settings),
    faults: {
      cutExecs: () => api.cutExecs(),
      exec: (fault) => faults.execs.add(fault),
      api: (fault) => faults.api.add(fault),
      refuseConnections: (times = {}) => faults.connections.add(times),
      killPod: async (namespace, name, end = 'Evicted') => {
        const pod = pods.find(namespace, name);
        await pods.kubeletOf(pod)?.end(pod, end);
      },
      removeAll: () => faults.removeAll(),
    },
  };
}

function newToken(): string {
  return `sha256~${randomBytes(32).toString('base64url')}`;
}
