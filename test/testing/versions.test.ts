import { ApiException, AuthorizationV1Api } from '@kubernetes/client-node';
import { expect, onTestFinished, test } from 'vitest';

import { nodeCertificateRequest, startStandInCluster } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';
import { clients, kubeConfig } from './clients.ts';

const start = async (version: string, nodes: 1 | 2 | 3 = 1): Promise<StandInCluster> => {
  const cluster = await startStandInCluster({ version, nodes });
  onTestFinished(async () => await cluster.close());
  return cluster;
};

/** What the official client reads; the code of the refusal where there is nothing to read. */
const read = async (cluster: StandInCluster, path: string): Promise<unknown> => {
  const [group = '', version = '', plural = '', name] = path.split('/');
  const { custom } = clients(cluster);
  const reading =
    name === undefined
      ? custom.listClusterCustomObject({ group, version, plural })
      : custom.getClusterCustomObject({ group, version, plural, name });
  return await reading.catch((error: unknown) =>
    error instanceof ApiException ? error.code : Promise.reject(error),
  );
};

test('4.3 has no operator for etcd, no topology, and other names for etcd’s pods', async () => {
  const cluster = await start('4.3.40');
  expect(await read(cluster, 'config.openshift.io/v1/clusteroperators/etcd')).toBe(404);
  expect(await read(cluster, 'operator.openshift.io/v1/etcds/cluster')).toBe(404);
  const infrastructure = await read(cluster, 'config.openshift.io/v1/infrastructures/cluster');
  expect(infrastructure).not.toHaveProperty('status.controlPlaneTopology');
  const { core } = clients(cluster);
  const labelSelector = 'k8s-app=etcd';
  const pods = await core.listNamespacedPod({ namespace: 'openshift-etcd', labelSelector });
  expect(pods.items.map(({ metadata }) => metadata?.name)).toEqual(['etcd-member-master-0']);
  const nodes = await core.listNode({ labelSelector: 'node-role.kubernetes.io/master' });
  expect(nodes.items.map(({ status }) => status?.nodeInfo?.kubeletVersion)).toEqual([
    expect.stringMatching(/^v1\.16\./),
  ]);
});

test('from 4.4 on etcd has an operator, from 4.8 on the cluster says its topology', async () => {
  const cluster = await start('4.7.60');
  expect(await read(cluster, 'config.openshift.io/v1/clusteroperators/etcd')).toMatchObject({
    status: { versions: [{ version: '4.7.60' }] },
  });
  expect(await read(cluster, 'operator.openshift.io/v1/etcds/cluster')).toMatchObject({
    status: { nodeStatuses: [{ nodeName: 'master-0', currentRevision: 7 }] },
  });
  expect(cluster.objects.infrastructure.status).not.toHaveProperty('controlPlaneTopology');
  const later = await start('4.8.57', 2);
  expect(later.objects.infrastructure.status.controlPlaneTopology).toBe('DualReplica');
});

test('a node has the label of the control plane from 4.12 on', async () => {
  const labelled = async (version: string) => {
    const labelSelector = 'node-role.kubernetes.io/control-plane';
    return (await clients(await start(version)).core.listNode({ labelSelector })).items.length;
  };
  expect([await labelled('4.11.59'), await labelled('4.12.77')]).toEqual([0, 1]);
});

test.each([
  ['4.5.41', 'v1beta1', 'v1'],
  ['4.16.20', 'v1', 'v1beta1'],
])('%s has certificate requests in %s, not in %s', async (version, there, absent) => {
  const cluster = await start(version);
  cluster.objects.certificateSigningRequests.push(nodeCertificateRequest('master-0'));
  const group = 'certificates.k8s.io';
  expect(await read(cluster, `${group}/${there}/certificatesigningrequests`)).toMatchObject({
    items: [{ apiVersion: `${group}/${there}`, spec: { username: 'system:node:master-0' } }],
  });
  expect(await read(cluster, `${group}/${absent}/certificatesigningrequests`)).toBe(404);
});

test('the cluster names its networks and its domains', async () => {
  const cluster = await start('4.16.20');
  expect(await read(cluster, 'config.openshift.io/v1/networks/cluster')).toMatchObject({
    status: { clusterNetwork: [{ cidr: '10.128.0.0/14' }], serviceNetwork: ['172.30.0.0/16'] },
  });
  expect(await read(cluster, 'config.openshift.io/v1/ingresses/cluster')).toMatchObject({
    spec: { domain: 'apps.stand-in.example.com' },
  });
  expect(await read(cluster, 'config.openshift.io/v1/dnses/cluster')).toMatchObject({
    spec: { baseDomain: 'stand-in.example.com' },
  });
});

test('a permission that is denied is denied to the review and to the request, and no other', async () => {
  const cluster = await start('4.16.20');
  const denial = { verb: 'get', group: 'operator.openshift.io', resource: 'etcds' };
  cluster.faults.api({ fault: 'deny', ...denial, name: 'cluster' });
  const api = kubeConfig(cluster).makeApiClient(AuthorizationV1Api);
  const isAllowed = async (resourceAttributes: object) =>
    (await api.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } })).status
      ?.allowed;
  expect(await isAllowed({ ...denial, name: 'cluster' })).toBe(false);
  expect(await isAllowed({ ...denial, group: 'config.openshift.io', name: 'cluster' })).toBe(true);
  expect(await read(cluster, 'operator.openshift.io/v1/etcds/cluster')).toBe(403);
  expect(await read(cluster, 'operator.openshift.io/v1/kubeapiservers/cluster')).toMatchObject({
    kind: 'KubeAPIServer',
  });
});
