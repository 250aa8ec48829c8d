import type { Pod } from './pod-schema.ts';

/** Any value of a JSON document. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  [field: string]: unknown;
}

/** What every object of the API has. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** A condition as OpenShift's and Kubernetes' objects carry them. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime: string;
}

/** Fields that a test may add beside the named ones. */
interface More {
  [field: string]: unknown;
}

export interface Namespace extends KubeObject {
  status: { phase: string };
}

export interface ConfigMap extends KubeObject {
  data: Record<string, string>;
}

export interface Node extends KubeObject {
  spec: { unschedulable?: boolean; taints?: { key: string; effect: string }[] } & More;
  status: {
    addresses: { type: string; address: string }[];
    conditions: Condition[];
    images: { names: string[]; sizeBytes: number }[];
    nodeInfo: {
      architecture: string;
      bootID: string;
      kubeletVersion: string;
      osImage: string;
      machineID: string;
      operatingSystem: string;
    } & More;
  } & More;
}

export interface Lease extends KubeObject {
  spec: {
    holderIdentity?: string | null | undefined;
    leaseDurationSeconds?: number | null | undefined;
    acquireTime?: string | null | undefined;
    renewTime?: string | null | undefined;
    leaseTransitions?: number | null | undefined;
  } & More;
}

export interface ClusterVersion extends KubeObject {
  spec: { clusterID: string; channel: string } & More;
  status: {
    desired: { version: string; image: string } & More;
    history: {
      state: 'Completed' | 'Partial';
      version: string;
      image: string;
      startedTime: string;
      completionTime: string | null;
      verified: boolean;
    }[];
    conditions: Condition[];
    availableUpdates: null;
    observedGeneration: number;
    versionHash: string;
  };
}

export interface Infrastructure extends KubeObject {
  spec: More;
  status: {
    infrastructureName: string;
    /** From 4.8 on. */
    controlPlaneTopology?: string;
    /** From 4.8 on. */
    infrastructureTopology?: string;
    platform: string;
    /** The networks of the machines stand below the platform's name: `baremetal.machineNetworks`. */
    platformStatus: { type: string } & More;
  } & More;
}

export interface Ingress extends KubeObject {
  spec: { domain: string } & More;
  status: More;
}

export interface Dns extends KubeObject {
  spec: { baseDomain: string } & More;
  status: More;
}

/** The cluster's networks; the spec is what was asked for, the status what is in force. */
export interface Network extends KubeObject {
  spec: ClusterNetworks;
  status: ClusterNetworks;
}

interface ClusterNetworks extends More {
  clusterNetwork: { cidr: string; hostPrefix: number }[];
  serviceNetwork: string[];
  networkType: string;
}

/** A request is pending while its status has no condition. */
export interface CertificateSigningRequest extends KubeObject {
  spec: { request: string; signerName: string; usages: string[]; username: string } & More;
  status: { conditions?: { type: string; status?: string }[]; certificate?: string };
}

export interface Proxy extends KubeObject {
  spec: { httpProxy?: string; httpsProxy?: string; noProxy?: string; trustedCA: { name: string } };
  status: { httpProxy?: string; httpsProxy?: string; noProxy?: string };
}

export interface ApiServer extends KubeObject {
  spec: { audit: { profile: string }; encryption?: { type: string } } & More;
}

export interface ClusterOperator extends KubeObject {
  spec: More;
  status: { conditions: Condition[]; versions: { name: string; version: string }[] } & More;
}

/** An operator's own object, `operator.openshift.io/v1`. */
export interface OperatorConfig extends KubeObject {
  spec: { managementState: string } & More;
  status: { conditions: Condition[] } & More;
}

/** The same of a component that runs as static pods. */
export interface StaticPodOperator extends KubeObject {
  spec: { managementState: string } & More;
  status: {
    latestAvailableRevision: number;
    nodeStatuses: { nodeName: string; currentRevision: number; targetRevision?: number }[];
    conditions: Condition[];
  } & More;
}

/**
 * Every object that the stand-in cluster serves, as plain JSON: change a field, and the next read of the API shows it.
 *
 * A change made here moves no resource version and tells no watcher; pods that run commands are made through the API.
 */
export interface ClusterObjects {
  namespaces: Namespace[];
  nodes: Node[];
  pods: Pod[];
  configMaps: ConfigMap[];
  leases: Lease[];
  /** Served as `certificates.k8s.io/v1` from 4.6 on, as `v1beta1` before 4.9. */
  certificateSigningRequests: CertificateSigningRequest[];
  clusterVersion: ClusterVersion;
  infrastructure: Infrastructure;
  proxy: Proxy;
  apiServer: ApiServer;
  ingress: Ingress;
  dns: Dns;
  network: Network;
  clusterOperators: ClusterOperator[];
  kubeApiServer: StaticPodOperator;
  kubeControllerManager: StaticPodOperator;
  kubeScheduler: StaticPodOperator;
  openShiftApiServer: OperatorConfig;
  authentication: OperatorConfig;
  /** Served from 4.4 on: before, etcd has no operator. */
  etcd: StaticPodOperator;
}

/**
 * The object of this name.
 *
 * @throws `Error` naming those that are there
 */
export function named<T extends KubeObject>(objects: readonly T[], name: string): T {
  const found = objects.find(({ metadata }) => metadata.name === name);
  if (found) return found;
  const names = objects.map(({ metadata }) => metadata.name).join(', ');
  throw new Error(`no object ${name}, there are: ${names || 'none'}`);
}

/**
 * The condition of this type.
 *
 * @throws `Error` naming those that are there
 */
export function condition(conditions: readonly Condition[], type: string): Condition {
  const found = conditions.find((each) => each.type === type);
  if (found) return found;
  throw new Error(`no condition ${type}, there are: ${conditions.map((each) => each.type).join()}`);
}
