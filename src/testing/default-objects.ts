import { signerBundle } from './certificates.ts';
import type { ClusterObjects, ConfigMap, Namespace, ObjectMeta } from './cluster-objects.ts';
import { clusterConfig } from './default-config.ts';
import { controlPlaneNode } from './default-nodes.ts';
import {
  clusterOperator,
  controlPlaneOperator,
  encryptingOperator,
  etcdOperator,
  kubeApiServerOperator,
} from './default-operators.ts';
import { etcdPod } from './etcd-pod.ts';
import { imageReference } from './image-reference.ts';
import { kubeTime, newMeta } from './object-meta.ts';
import type { ResourceVersions } from './object-meta.ts';
import { isAtLeast } from './openshift-version.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** The namespace in which clients of the stand-in cluster work; privileged pods are allowed there. */
export const clientNamespace = 'etcd-backup';

/** The revision of every static pod. */
export const staticPodRevision = 7;

export interface DefaultObjectsOptions {
  readonly nodeNames: readonly string[];
  readonly version: string;
  readonly server: string;
}

/** The objects of a healthy cluster, installed ninety days ago, with nothing in progress. */
export async function defaultObjects(
  versions: ResourceVersions,
  { nodeNames, version, server }: DefaultObjectsOptions,
): Promise<ClusterObjects> {
  const since = kubeTime(new Date(Date.now() - 90 * dayMs));
  const image = imageReference('ocp-v4.0-art-dev', `etcd ${version}`);
  const revision = staticPodRevision;
  const meta = (name: string, more: Partial<ObjectMeta> = {}): ObjectMeta =>
    newMeta(versions, { name, creationTimestamp: since, ...more });
  const own = { since, nodeNames, revision };
  return {
    namespaces: namespaces(meta),
    nodes: nodeNames.map((name, index) =>
      controlPlaneNode(meta(name), { index, since, image, version }),
    ),
    pods: nodeNames.map((nodeName, index) =>
      etcdPod(meta, { nodeName, index, since, image, revision, version }),
    ),
    configMaps: [await csrControllerCa(meta)],
    leases: [],
    certificateSigningRequests: [],
    ...clusterConfig(meta, { since, version, server, nodes: nodeNames.length }),
    clusterOperators: [
      ...(isAtLeast(version, '4.4') ? ['etcd'] : []),
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'machine-config',
    ].map((name) => clusterOperator(meta(name), { since, version })),
    kubeApiServer: kubeApiServerOperator(meta('cluster'), own),
    kubeControllerManager: controlPlaneOperator('KubeControllerManager', meta('cluster'), own),
    kubeScheduler: controlPlaneOperator('KubeScheduler', meta('cluster'), own),
    openShiftApiServer: encryptingOperator('OpenShiftAPIServer', meta('cluster'), since),
    authentication: encryptingOperator('Authentication', meta('cluster'), since),
    etcd: etcdOperator(meta('cluster'), own),
  };
}

const privileged = {
  'pod-security.kubernetes.io/enforce': 'privileged',
  'pod-security.kubernetes.io/audit': 'privileged',
  'pod-security.kubernetes.io/warn': 'privileged',
  'security.openshift.io/scc.podSecurityLabelSync': 'false',
};

type MakeMeta = (name: string, more?: Partial<ObjectMeta>) => ObjectMeta;

function namespaces(meta: MakeMeta): Namespace[] {
  const labelled: Readonly<Record<string, object>> = {
    default: {},
    'kube-system': {},
    'openshift-config': {},
    'openshift-config-managed': {},
    'openshift-etcd': privileged,
    [clientNamespace]: privileged,
  };
  return Object.entries(labelled).map(([name, labels]) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: meta(name, { labels: { 'kubernetes.io/metadata.name': name, ...labels } }),
    status: { phase: 'Active' },
  }));
}

// After the first rotation: a signer of sixty days, and the one of thirty days that it signed.
async function csrControllerCa(meta: MakeMeta): Promise<ConfigMap> {
  const from = (days: number) => new Date(Date.now() + days * dayMs);
  const bundle = await signerBundle([
    { notBefore: from(-20), notAfter: from(40) },
    { notBefore: from(-8), notAfter: from(22) },
  ]);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: meta('csr-controller-ca', { namespace: 'openshift-config-managed' }),
    data: { 'ca-bundle.crt': bundle },
  };
}
