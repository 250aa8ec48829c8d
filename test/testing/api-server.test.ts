import { ApiException, AuthorizationV1Api, CoreV1Api } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { condition, named, startStandInCluster } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';
import { clients, debugPod, kubeConfig } from './clients.ts';

let cluster: StandInCluster;

beforeAll(async () => {
  cluster = await startStandInCluster({ nodes: 3 });
});
afterEach(() => cluster.faults.removeAll());
afterAll(async () => await cluster.close());

const getConfig = async (plural: string, name: string): Promise<unknown> =>
  await clients(cluster).custom.getClusterCustomObject({
    group: 'config.openshift.io',
    version: 'v1',
    plural,
    name,
  });

const refusal = async (call: Promise<unknown>): Promise<ApiException<string>> =>
  await call.then(
    () => expect.fail('the server did not refuse'),
    (error: unknown) => (error instanceof ApiException ? error : Promise.reject(error)),
  );

test('a cluster looks like a healthy OpenShift 4.16 with three control plane nodes', async () => {
  const { core } = clients(cluster);
  expect(await getConfig('clusterversions', 'version')).toMatchObject({
    kind: 'ClusterVersion',
    status: { desired: { version: '4.16.20' }, history: [{ state: 'Completed' }] },
  });
  expect(await getConfig('infrastructures', 'cluster')).toMatchObject({
    status: { controlPlaneTopology: 'HighlyAvailable' },
  });
  const { items } = await core.listNode({ labelSelector: 'node-role.kubernetes.io/master' });
  expect(items.map((node) => node.metadata?.name)).toEqual(['master-0', 'master-1', 'master-2']);
  const members = await core.listNamespacedPod({
    namespace: 'openshift-etcd',
    labelSelector: 'app=etcd',
    fieldSelector: 'spec.nodeName=master-1',
  });
  expect(members.items[0]?.status?.containerStatuses?.[0]?.imageID).toMatch(
    /@sha256:[0-9a-f]{64}$/,
  );
});

test('a read shows what the test changed in the objects', async () => {
  cluster.objects.proxy.status.httpsProxy = 'http://user:canary@proxy:3128';
  const operator = named(cluster.objects.clusterOperators, 'etcd');
  condition(operator.status.conditions, 'Progressing').status = 'True';
  expect(await getConfig('proxies', 'cluster')).toMatchObject({
    status: { httpsProxy: 'http://user:canary@proxy:3128' },
  });
  expect(await getConfig('clusteroperators', 'etcd')).toMatchObject({
    status: {
      conditions: expect.arrayContaining([
        expect.objectContaining({ type: 'Progressing', status: 'True' }),
      ]),
    },
  });
});

test('an object that is not there is a 404 that names it', async () => {
  const error = await refusal(getConfig('clusteroperators', 'storage'));
  expect(error.code).toBe(404);
  expect(JSON.parse(error.body)).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'clusteroperators.config.openshift.io "storage" not found',
    reason: 'NotFound',
    details: { name: 'storage', group: 'config.openshift.io', kind: 'clusteroperators' },
    code: 404,
  });
});

test('a wrong token is a 401', async () => {
  const config = kubeConfig(cluster);
  const [user] = config.users;
  config.users = [{ ...user, name: 'stand-in', token: 'wrong' }];
  expect((await refusal(config.makeApiClient(CoreV1Api).listNode())).code).toBe(401);
  expect(cluster.requests.at(-1)).toMatchObject({ user: 'unknown', status: 401 });
});

test('a denied request is a 403 in the words of RBAC, once the test says so and until it takes it back', async () => {
  const { core } = clients(cluster);
  const { namespace } = cluster;
  const denial = cluster.faults.api({ fault: 'deny', verb: 'create', resource: 'pods' });
  const error = await refusal(
    core.createNamespacedPod({ namespace, body: debugPod(cluster, 'denied') }),
  );
  expect(error.code).toBe(403);
  expect(JSON.parse(error.body)).toMatchObject({
    message:
      'pods is forbidden: User "system:serviceaccount:etcd-backup:etcd-backup" cannot create resource "pods" in API group "" in the namespace "etcd-backup"',
    reason: 'Forbidden',
    details: { kind: 'pods' },
  });
  expect(denial.strikes).toBe(1);
  denial.remove();
  await core.createNamespacedPod({ namespace, body: debugPod(cluster, 'denied') });
});

test('a method that a path does not have is a 405, a path that is not there a 404', async () => {
  const { custom } = clients(cluster);
  const at = { group: 'config.openshift.io', version: 'v1', name: 'cluster' };
  expect((await refusal(custom.deleteClusterCustomObject({ ...at, plural: 'proxies' }))).code).toBe(
    405,
  );
  expect((await refusal(custom.getClusterCustomObject({ ...at, plural: 'backups' }))).code).toBe(
    404,
  );
});

test('the API fails as often as it is told to, then answers again', async () => {
  const { core } = clients(cluster);
  const failing = cluster.faults.api({ fault: 'status', status: 503, times: 2 });
  expect((await refusal(core.listNode())).code).toBe(503);
  expect((await refusal(core.listNode())).code).toBe(503);
  expect((await core.listNode()).items).toHaveLength(3);
  expect(failing.strikes).toBe(2);
});

test('a server that refuses connections is unreachable until it no longer does', async () => {
  const refusing = cluster.faults.refuseConnections();
  const read = async () =>
    await fetch(`${cluster.server}/readyz`).catch((error: Error) => error.cause);
  expect(await read()).toMatchObject({ code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) });
  refusing.remove();
  // The certificate is from nobody this process trusts: the connection itself was made.
  expect(await read()).not.toMatchObject({
    code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/),
  });
});

test('a lost answer leaves the request carried out', async () => {
  const { core } = clients(cluster);
  const { namespace } = cluster;
  cluster.faults.api({ fault: 'loseAnswer', verb: 'create', resource: 'pods', times: 1 });
  const body = debugPod(cluster, 'lost-answer');
  await expect(core.createNamespacedPod({ namespace, body })).rejects.toThrow('fetch failed');
  expect((await refusal(core.createNamespacedPod({ namespace, body }))).code).toBe(409);
});

test('a delayed request waits until the delay is removed', async () => {
  const { core } = clients(cluster);
  const delay = cluster.faults.api({ fault: 'delay', resource: 'nodes', times: 1 });
  let isAnswered = false;
  const listing = core.listNode().then(() => (isAnswered = true));
  await delay.struck();
  expect(isAnswered).toBe(false);
  delay.remove();
  expect(await listing).toBe(true);
});

test('an access review tells what is denied', async () => {
  const api = kubeConfig(cluster).makeApiClient(AuthorizationV1Api);
  cluster.faults.api({ fault: 'deny', verb: 'get', resource: 'pods/exec' });
  const ask = async (subresource: string) => {
    const resourceAttributes = { verb: 'get', resource: 'pods', subresource };
    const body = { spec: { resourceAttributes } };
    return (await api.createSelfSubjectAccessReview({ body })).status?.allowed;
  };
  expect(await ask('exec')).toBe(false);
  expect(await ask('log')).toBe(true);
});

test('the log has every request, and neither a token nor a body', async () => {
  const { core } = clients(cluster);
  const before = cluster.requests.length;
  await core.listNamespacedPod({ namespace: 'openshift-etcd', labelSelector: 'app=etcd' });
  const [request, ...more] = cluster.requests.slice(before);
  expect(more).toEqual([]);
  expect(request).toMatchObject({
    user: 'client',
    method: 'GET',
    path: '/api/v1/namespaces/openshift-etcd/pods',
    query: { labelSelector: ['app=etcd'] },
    verb: 'list',
    resource: 'pods',
    namespace: 'openshift-etcd',
    status: 200,
  });
  expect(JSON.stringify(cluster.requests)).not.toContain(cluster.token);
  expect(JSON.stringify(cluster.requests)).not.toContain('infinity');
});
