import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { clusterApi } from '../../src/kubernetes/api.ts';
import { leaseState, removeExpiredLease } from '../../src/kubernetes/expired-lease.ts';
import { ownerLabels } from '../../src/kubernetes/labels.ts';
import { acquireLease } from '../../src/kubernetes/lease.ts';
import { startStandInCluster } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';
import { noAbort } from './test-server.ts';

const signal = noAbort();
const [first, second] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'] as const;

let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startStandInCluster();
});
afterAll(async () => await cluster.close());
afterEach(() => {
  cluster.objects.leases.length = 0;
});

const api = () => clusterApi({ kubeconfig: { file: cluster.kubeconfigPath } });
const acquire = async (run: string, minutesAgo: number) => {
  await acquireLease(api(), { namespace: cluster.namespace, run, cluster: 'demo' }, signal);
  const renewed = new Date(Date.now() - minutesAgo * 60_000).toISOString().replace('Z', '000Z');
  for (const { spec } of cluster.objects.leases) spec.renewTime = renewed;
};
const remove = async (holder: string) =>
  await removeExpiredLease(api(), { namespace: cluster.namespace, holder }, signal);

test('a lease is told with its holder and its end, one that is not there not', async () => {
  expect(await leaseState(api(), cluster.namespace, signal)).toBeUndefined();
  await acquire(first, 0);
  expect(await leaseState(api(), cluster.namespace, signal)).toMatchObject({
    holder: first,
    isExpired: false,
  });
  await acquire(first, 12);
  expect(await leaseState(api(), cluster.namespace, signal)).toMatchObject({ isExpired: true });
});

test('a lease that expired is removed; again, it is gone', async () => {
  await acquire(first, 12);
  expect(await remove(first)).toBe('removed');
  expect(cluster.objects.leases).toEqual([]);
  expect(await remove(first)).toBe('removed');
});

test('a lease that did not expire, or is of another by now, is left', async () => {
  await acquire(first, 9);
  expect(await remove(first)).toBe('held');
  await acquire(first, 12);
  expect(await remove(second)).toBe('taken');
  expect(cluster.objects.leases).toHaveLength(1);
});

test('a lease that expired is left while a pod of its holder lives', async () => {
  await acquire(first, 12);
  const { namespace } = cluster;
  const collection = { group: '', version: 'v1', plural: 'pods', namespace };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'some', labels: ownerLabels({ run: first, cluster: 'demo', take: 1 }) },
    // On no node: it is there, and nothing runs it.
    spec: { containers: [{ name: 'c', image: 'i' }] },
  };
  expect(await api().createObject(collection, pod, signal)).toMatchObject({ outcome: 'done' });
  expect(await remove(first)).toBe('held');
  expect(cluster.objects.leases).toHaveLength(1);
});
