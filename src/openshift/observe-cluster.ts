import type { EncryptionFacts } from '../contracts/cluster-facts.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { readControlPlaneOperators } from './cluster-operators.ts';
import type { ControlPlaneOperator } from './cluster-operators.ts';
import { readClusterVersion } from './cluster-version.ts';
import type { ClusterVersion } from './cluster-version.ts';
import { readControlPlaneNodes } from './control-plane-nodes.ts';
import type { ControlPlaneNode } from './control-plane-nodes.ts';
import { readDebugNamespace } from './debug-namespace.ts';
import type { DebugNamespace } from './debug-namespace.ts';
import { readEncryption } from './encryption.ts';
import { readEtcdPods } from './etcd-pods.ts';
import type { EtcdPod } from './etcd-pods.ts';
import { readInfrastructure } from './infrastructure.ts';
import type { Infrastructure } from './infrastructure.ts';
import { readProxy } from './proxy.ts';
import { readStaticPodRevisions } from './static-pod-revisions.ts';

/** Everything that guards and manifest want to know and the API can tell. */
export interface ObservedCluster {
  readonly version: ClusterVersion;
  readonly infrastructure: Infrastructure;
  readonly operators: readonly ControlPlaneOperator[];
  readonly nodes: readonly ControlPlaneNode[];
  readonly etcdPods: readonly EtcdPod[];
  readonly namespace: DebugNamespace;
  readonly proxyEnabled: boolean;
  readonly encryption: EncryptionFacts;
  readonly revisions: Readonly<Record<string, number>>;
}

/** Reads the cluster once. Reads only; every fault of the cluster is found in one go by the guards. */
export async function observeCluster(
  api: ClusterApi,
  namespaceName: string,
  signal: AbortSignal,
): Promise<ObservedCluster> {
  // The one that says whether this is OpenShift at all comes first: its failure explains the others.
  const version = await readClusterVersion(api, signal);
  const [infrastructure, operators, nodes, etcdPods, namespace, proxy, encryption, revisions] =
    await Promise.all([
      readInfrastructure(api, signal),
      readControlPlaneOperators(api, signal),
      readControlPlaneNodes(api, signal),
      readEtcdPods(api, signal),
      readDebugNamespace(api, namespaceName, signal),
      readProxy(api, signal),
      readEncryption(api, signal),
      readStaticPodRevisions(api, signal),
    ]);
  const proxyEnabled = proxy !== undefined;
  return {
    version,
    infrastructure,
    operators,
    nodes,
    etcdPods,
    namespace,
    proxyEnabled,
    encryption,
    revisions,
  };
}
