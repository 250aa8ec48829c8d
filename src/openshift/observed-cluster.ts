import type { CertificateFacts } from '../contracts/cluster-facts.ts';
import type { ClusterNetworks } from './cluster-networks.ts';
import type { ControlPlaneOperator } from './cluster-operators.ts';
import type { ClusterVersion } from './cluster-version.ts';
import type { ControlPlaneNode } from './control-plane-nodes.ts';
import type { DebugNamespace } from './debug-namespace.ts';
import type { EtcdPod } from './etcd-pods.ts';
import type { Infrastructure } from './infrastructure.ts';
import type { OperatorConfig } from './operator-config.ts';
import type { ClusterProxy } from './proxy.ts';

/** Everything that guards and manifest want to know and the API can tell. Of an {@link observedCluster}, a field may throw. */
export interface ObservedCluster {
  readonly version: ClusterVersion;
  readonly infrastructure: Infrastructure;
  readonly networks: ClusterNetworks | undefined;
  readonly ingressDomain: string | undefined;
  readonly baseDomain: string | undefined;
  readonly proxy: ObservedProxy;
  readonly encryptionType: string;
  readonly kubeApiServer: OperatorConfig | undefined;
  readonly openshiftApiServer: OperatorConfig | undefined;
  readonly authentication: OperatorConfig | undefined;
  readonly etcd: OperatorConfig | undefined;
  readonly operators: readonly ControlPlaneOperator[];
  readonly nodes: readonly ControlPlaneNode[];
  readonly etcdPods: readonly EtcdPod[];
  /** Of the debug pod. */
  readonly namespace: DebugNamespace;
  /** `undefined` where the cluster does not publish them. */
  readonly signers: readonly CertificateFacts[] | undefined;
  /** The names of the certificate requests of nodes that wait for approval. */
  readonly pendingNodeRequests: readonly string[];
}

/** The proxy without its URLs: they may hold a password. */
export type ObservedProxy = { readonly isEnabled: boolean } & Pick<ClusterProxy, 'trustedCA'>;

/** What one reader brought: a value, or why there is none. */
export type Reading<T> = { readonly value: T } | { readonly unread: string };

/** A reading of each field. */
export type Readings = {
  readonly [field in keyof ObservedCluster]: Reading<ObservedCluster[field]>;
};

/** Thrown by a field that could not be read; its message says why. A guard that looks at it is not evaluated. */
export class NotObserved extends Error {
  override readonly name = 'NotObserved';
}

/** The cluster as far as it was read: a field that was not throws {@link NotObserved}. */
export function observedCluster(readings: Readings): ObservedCluster {
  return {
    get version() {
      return taken(readings.version);
    },
    get infrastructure() {
      return taken(readings.infrastructure);
    },
    get networks() {
      return taken(readings.networks);
    },
    get ingressDomain() {
      return taken(readings.ingressDomain);
    },
    get baseDomain() {
      return taken(readings.baseDomain);
    },
    get proxy() {
      return taken(readings.proxy);
    },
    get encryptionType() {
      return taken(readings.encryptionType);
    },
    get kubeApiServer() {
      return taken(readings.kubeApiServer);
    },
    get openshiftApiServer() {
      return taken(readings.openshiftApiServer);
    },
    get authentication() {
      return taken(readings.authentication);
    },
    get etcd() {
      return taken(readings.etcd);
    },
    get operators() {
      return taken(readings.operators);
    },
    get nodes() {
      return taken(readings.nodes);
    },
    get etcdPods() {
      return taken(readings.etcdPods);
    },
    get namespace() {
      return taken(readings.namespace);
    },
    get signers() {
      return taken(readings.signers);
    },
    get pendingNodeRequests() {
      return taken(readings.pendingNodeRequests);
    },
  };
}

/** A cluster of which nothing is known, for one reason. */
export function unobservedCluster(reason: string): ObservedCluster {
  const unread: Reading<never> = { unread: reason };
  return observedCluster({
    version: unread,
    infrastructure: unread,
    networks: unread,
    ingressDomain: unread,
    baseDomain: unread,
    proxy: unread,
    encryptionType: unread,
    kubeApiServer: unread,
    openshiftApiServer: unread,
    authentication: unread,
    etcd: unread,
    operators: unread,
    nodes: unread,
    etcdPods: unread,
    namespace: unread,
    signers: unread,
    pendingNodeRequests: unread,
  });
}

/** What `look` finds, or `undefined` where it meets a field that was not read. */
export function ifObserved<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof NotObserved) return undefined;
    throw error;
  }
}

function taken<T>(reading: Reading<T>): T {
  if ('value' in reading) return reading.value;
  throw new NotObserved(reading.unread);
}
