import { createHash, randomUUID } from 'node:crypto';

import { signerBundle } from './certificates.ts';
import type {
  ClusterObjects,
  ClusterVersion,
  Infrastructure,
  Namespace,
  ObjectMeta,
} from './cluster-objects.ts';
import { controlPlaneNode, etcdPod } from './default-nodes.ts';
import { clusterOperator, etcdOperator, is, kubeApiServerOperator } from './default-operators.ts';
import { kubeTime, newMeta } from './object-meta.ts';
import type { ResourceVersions } from './object-meta.ts';

const dayMs = 24 * 60 * 60 * 1000;
const config = 'config.openshift.io/v1';

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
  const namespace = (name: string, labels: Record<string, string> = {}): Namespace => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: meta(name, { labels: { 'kubernetes.io/metadata.name': name, ...labels } }),
    status: { phase: 'Active' },
  });
  return {
    namespaces: [
      namespace('default'),
      namespace('openshift-etcd', privileged),
      namespace('openshift-config-managed'),
      namespace(clientNamespace, privileged),
    ],
    nodes: nodeNames.map((name, index) => controlPlaneNode(meta(name), { index, since, image })),
    pods: nodeNames.map((nodeName, index) => {
      const own = meta(`etcd-${nodeName}`, { namespace: 'openshift-etcd' });
      return etcdPod(own, { nodeName, index, since, image, revision });
    }),
    configMaps: [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: meta('csr-controller-ca', { namespace: 'openshift-config-managed' }),
        data: { 'ca-bundle.crt': await rotatedSigners() },
      },
    ],
    leases: [],
    clusterVersion: clusterVersion(meta('version'), { since, version }),
    infrastructure: infrastructure(meta('cluster'), { server, nodes: nodeNames.length }),
    proxy: {
      apiVersion: config,
      kind: 'Proxy',
      metadata: meta('cluster'),
      spec: { trustedCA: { name: '' } },
      status: {},
    },
    apiServer: {
      apiVersion: config,
      kind: 'APIServer',
      metadata: meta('cluster'),
      spec: { audit: { profile: 'Default' } },
    },
    clusterOperators: [
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'machine-config',
    ].map((name) => clusterOperator(meta(name), { since, version })),
    kubeApiServer: kubeApiServerOperator(meta('cluster'), { since, nodeNames, revision }),
    etcd: etcdOperator(meta('cluster'), { since, nodeNames, revision }),
  };
}

const privileged = {
  'pod-security.kubernetes.io/enforce': 'privileged',
  'pod-security.kubernetes.io/audit': 'privileged',
  'pod-security.kubernetes.io/warn': 'privileged',
  'security.openshift.io/scc.podSecurityLabelSync': 'false',
};

function clusterVersion(
  metadata: ObjectMeta,
  { since, version }: { readonly since: string; readonly version: string },
): ClusterVersion {
  const image = imageReference('ocp-release', version);
  const completionTime = kubeTime(new Date(Date.parse(since) + 40 * 60 * 1000));
  return {
    apiVersion: config,
    kind: 'ClusterVersion',
    metadata,
    spec: { clusterID: randomUUID(), channel: `stable-${version.replace(/\.\d+$/, '')}` },
    status: {
      desired: { version, image },
      history: [
        { state: 'Completed', version, image, startedTime: since, completionTime, verified: false },
      ],
      conditions: [
        is('Available', 'True', since),
        is('Failing', 'False', since),
        is('Progressing', 'False', since),
      ],
      availableUpdates: null,
      observedGeneration: 2,
      versionHash: 'q1Wd0vTgk7Y=',
    },
  };
}

function infrastructure(
  metadata: ObjectMeta,
  { server, nodes }: { readonly server: string; readonly nodes: number },
): Infrastructure {
  const topology = nodes === 1 ? 'SingleReplica' : 'HighlyAvailable';
  return {
    apiVersion: config,
    kind: 'Infrastructure',
    metadata,
    spec: { cloudConfig: { name: '' }, platformSpec: { type: 'None' } },
    status: {
      apiServerURL: server,
      apiServerInternalURI: server,
      controlPlaneTopology: topology,
      infrastructureTopology: topology,
      infrastructureName: 'stand-in-7x2kq',
      platform: 'None',
      platformStatus: { type: 'None' },
    },
  };
}

/** A reference by digest, always the same for the same content. */
function imageReference(repository: string, content: string): string {
  const digest = createHash('sha256').update(content).digest('hex');
  return `quay.io/openshift-release-dev/${repository}@sha256:${digest}`;
}

// After the first rotation: a signer of sixty days, and the one of thirty days that it signed.
async function rotatedSigners(): Promise<string> {
  const from = (days: number) => new Date(Date.now() + days * dayMs);
  return await signerBundle([
    { notBefore: from(-20), notAfter: from(40) },
    { notBefore: from(-8), notAfter: from(22) },
  ]);
}
