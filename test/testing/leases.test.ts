import { V1MicroTime } from '@kubernetes/client-node';
import type { V1Lease, V1ObjectMeta } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startStandInCluster } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';
import { clients } from './clients.ts';

let cluster: StandInCluster;

beforeAll(async () => {
  cluster = await startStandInCluster();
});
afterAll(async () => await cluster.close());

const lease = (
  name: string,
  holderIdentity: string,
  metadata: V1ObjectMeta = { name },
): V1Lease => ({
  metadata,
  spec: { holderIdentity, leaseDurationSeconds: 600, renewTime: new V1MicroTime() },
});

const create = async (name: string) =>
  await clients(cluster).coordination.createNamespacedLease({
    namespace: cluster.namespace,
    body: lease(name, 'first'),
  });

const replace = async (name: string, body: V1Lease) =>
  await clients(cluster).coordination.replaceNamespacedLease({
    namespace: cluster.namespace,
    name,
    body,
  });

test('a lease is created once', async () => {
  const created = await create('once');
  expect(created.metadata).toMatchObject({ name: 'once', namespace: cluster.namespace });
  await expect(create('once')).rejects.toMatchObject({
    code: 409,
    body: expect.stringContaining('leases.coordination.k8s.io \\"once\\" already exists'),
  });
});

test('of two who read the same lease, the second to write is refused', async () => {
  const read = await create('contended');
  const { metadata } = read;
  const written = await replace('contended', lease('contended', 'a', metadata));
  expect(written.metadata?.resourceVersion).not.toBe(read.metadata?.resourceVersion);
  expect(written.metadata?.uid).toBe(read.metadata?.uid);
  await expect(replace('contended', lease('contended', 'b', metadata))).rejects.toMatchObject({
    code: 409,
    body: expect.stringContaining('the object has been modified'),
  });
});

test('an update without a resource version is invalid', async () => {
  await create('unconditional');
  await expect(replace('unconditional', lease('unconditional', 'x'))).rejects.toMatchObject({
    code: 422,
    body: expect.stringContaining('must be specified for an update'),
  });
});

test('an update of a lease that is gone makes it again, unless it names the one that is gone', async () => {
  const { coordination } = clients(cluster);
  const { namespace } = cluster;
  const read = await create('gone');
  await coordination.deleteNamespacedLease({ namespace, name: 'gone' });
  await expect(replace('gone', read)).rejects.toMatchObject({
    code: 409,
    body: expect.stringContaining('Precondition failed: UID in precondition'),
  });
  const again = await replace('gone', lease('gone', 'second'));
  expect(again.metadata?.uid).not.toBe(read.metadata?.uid);
});

test('a delete that names another resource version or uid deletes nothing', async () => {
  const { coordination } = clients(cluster);
  const at = { namespace: cluster.namespace, name: 'guarded' };
  const { metadata = {} } = await create('guarded');
  const stale = { preconditions: { resourceVersion: '1' } };
  await expect(coordination.deleteNamespacedLease({ ...at, body: stale })).rejects.toMatchObject({
    code: 409,
  });
  const { uid = '' } = metadata;
  await coordination.deleteNamespacedLease({ ...at, body: { preconditions: { uid } } });
  await expect(coordination.readNamespacedLease(at)).rejects.toMatchObject({ code: 404 });
});

test('a time with milliseconds only is refused, as Go refuses it', async () => {
  const response = await clients(cluster)
    .custom.createNamespacedCustomObject({
      group: 'coordination.k8s.io',
      version: 'v1',
      plural: 'leases',
      namespace: cluster.namespace,
      body: { metadata: { name: 'milli' }, spec: { renewTime: '2026-01-02T03:04:05.678Z' } },
    })
    .catch((error: unknown) => error);
  expect(response).toMatchObject({
    code: 400,
    body: expect.stringContaining('cannot parse \\".678Z\\" as \\".000000\\"'),
  });
});

test('a lease in a namespace that is not there is a 404', async () => {
  const { coordination } = clients(cluster);
  await expect(
    coordination.createNamespacedLease({ namespace: 'nowhere', body: lease('x', 'y') }),
  ).rejects.toMatchObject({
    code: 404,
    body: expect.stringContaining('namespaces \\"nowhere\\" not found'),
  });
});
