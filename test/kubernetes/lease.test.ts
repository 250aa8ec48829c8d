import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { clusterApi } from '../../src/kubernetes/api.ts';
import type { ClusterApi } from '../../src/kubernetes/api.ts';
import { ownerLabels } from '../../src/kubernetes/labels.ts';
import { acquireLease, releaseLease, renewLease } from '../../src/kubernetes/lease.ts';
import { startStandInCluster } from '../../src/testing/index.ts';
import type { Lease, StandInCluster } from '../../src/testing/index.ts';
import { failureOf, noAbort } from './test-server.ts';

const signal = noAbort();
const minute = 60_000;

let cluster: StandInCluster;
let api: ClusterApi;

beforeAll(async () => {
  cluster = await startStandInCluster();
});
afterAll(async () => await cluster.close());

beforeEach(() => {
  api = clusterApi({ kubeconfig: { file: cluster.kubeconfigPath } });
});
afterEach(() => {
  cluster.faults.removeAll();
  cluster.objects.leases.length = 0;
});

const claim = (run: string) => ({ namespace: cluster.namespace, run, cluster: 'prod-eu' });
const [first, second] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'];
const acquire = async (run: string) => await acquireLease(api, claim(run), signal);
const renew = async (run: string) => await renewLease(api, claim(run), signal);
const release = async (run: string) => await releaseLease(api, claim(run), signal);
const lease = (): Lease => {
  const [only, ...others] = cluster.objects.leases;
  expect(others).toEqual([]);
  if (only === undefined) throw new Error('no lease');
  return only;
};
const renewedAgo = (ms: number) => {
  lease().spec.renewTime = new Date(Date.now() - ms).toISOString().replace('Z', '000Z');
};

describe('acquiring the lease', () => {
  test('takes it for ten minutes, in the name of the run', async () => {
    expect(await acquire(first)).toEqual({ where: 'etcd-backup/etcd-backup', holder: first });
    expect(lease()).toMatchObject({
      metadata: {
        name: 'etcd-backup',
        namespace: 'etcd-backup',
        labels: {
          'app.kubernetes.io/managed-by': 'temporal-etcd-backup',
          'etcd-backup/run': first,
          'etcd-backup/cluster': 'prod-eu',
        },
      },
      spec: { holderIdentity: first, leaseDurationSeconds: 600, leaseTransitions: 0 },
    });
  });

  test('again by the same run renews it', async () => {
    await acquire(first);
    renewedAgo(30 * minute);
    const { acquireTime } = lease().spec;
    await acquire(first);
    expect(lease().spec).toMatchObject({ holderIdentity: first, acquireTime, leaseTransitions: 0 });
    expect(Date.parse(lease().spec.renewTime ?? '')).toBeGreaterThan(Date.now() - minute);
  });

  test('of a living run is refused, with its name and when it ends', async () => {
    await acquire(first);
    renewedAgo(9 * minute);
    const error = await failureOf(acquire(second));
    expect(error).toMatchObject({ type: 'LeaseBusy', nonRetryable: false });
    const ends = new Date(Date.parse(lease().spec.renewTime ?? '') + 11 * minute).toISOString();
    expect(error.message).toContain(`held by run ${first} until ${ends}`);
    expect(lease().spec.holderIdentity).toBe(first);
  });

  test('counts a minute more than the lease says, for clocks that differ', async () => {
    await acquire(first);
    renewedAgo(10.5 * minute);
    await expect(acquire(second)).rejects.toMatchObject({ type: 'LeaseBusy' });
    renewedAgo(11.5 * minute);
    await acquire(second);
    expect(lease()).toMatchObject({
      metadata: { labels: { 'etcd-backup/run': second } },
      spec: { holderIdentity: second, leaseTransitions: 1 },
    });
  });

  test('of a dead run waits for its pod to end', async () => {
    await acquire(first);
    renewedAgo(20 * minute);
    const pods = { group: '', version: 'v1', plural: 'pods', namespace: cluster.namespace };
    const name = `etcd-backup-${first}-1`;
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: ownerLabels({ run: first, cluster: 'prod-eu', take: 1 }) },
      // On no node: it is there, and nothing runs it.
      spec: { containers: [{ name: 'c', image: 'i' }] },
    };
    expect(await api.createObject(pods, pod, signal)).toMatchObject({ outcome: 'done' });
    await expect(acquire(second)).rejects.toMatchObject({
      type: 'LeaseBusy',
      message: expect.stringContaining(`its pod ${name} is still there`),
    });
    const seen = cluster.objects.pods.find(({ metadata }) => metadata.name === name);
    if (seen === undefined) throw new Error('no pod');
    seen.status.phase = 'Failed';
    const other = { name: 'other', labels: ownerLabels({ run: second, cluster: 'prod-eu' }) };
    await api.createObject(pods, { ...pod, metadata: other }, signal);
    await acquire(second);
    expect(lease().spec.holderIdentity).toBe(second);
    for (const gone of [name, 'other']) {
      await api.deleteObject({ ...pods, name: gone }, {}, signal);
    }
  });

  test('by two runs at once gives it to one', async () => {
    const results = await Promise.allSettled([acquire(first), acquire(second)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = results[0]?.status === 'fulfilled' ? first : second;
    expect(lease().spec.holderIdentity).toBe(winner);
  });

  test('of one dead run by two gives it to one', async () => {
    await acquire('cccccccccccc');
    renewedAgo(20 * minute);
    const results = await Promise.allSettled([acquire(first), acquire(second)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(lease().spec.leaseTransitions).toBe(1);
  });

  test('takes one that nobody holds', async () => {
    await acquire(first);
    lease().spec.holderIdentity = '';
    await acquire(second);
    expect(lease().spec.holderIdentity).toBe(second);
  });

  test('whose answer was lost succeeds when it is repeated', async () => {
    cluster.faults.api({ fault: 'loseAnswer', verb: 'create', resource: 'leases', times: 1 });
    await expect(acquire(first)).rejects.toMatchObject({ type: 'ClusterUnreachable' });
    expect(await acquire(first)).toMatchObject({ holder: first });
  });

  test('in a namespace that is not there says so', async () => {
    const nowhere = { ...claim(first), namespace: 'nowhere' };
    await expect(acquireLease(api, nowhere, signal)).rejects.toMatchObject({
      type: 'ConfigInvalid',
      message: expect.stringContaining('namespace nowhere is not there'),
    });
  });

  test('without the right to names the right', async () => {
    cluster.faults.api({ fault: 'deny', verb: 'update', resource: 'leases' });
    await acquire(first);
    await expect(acquire(first)).rejects.toMatchObject({
      type: 'ClusterDenied',
      message: expect.stringContaining('update leases.coordination.k8s.io'),
    });
  });

  test('that others keep changing gives up, to be tried again', async () => {
    await acquire(first);
    cluster.faults.api({ fault: 'status', status: 409, verb: 'update', resource: 'leases' });
    await expect(acquire(first)).rejects.toMatchObject({ type: 'LeaseBusy', nonRetryable: false });
  });
});

describe('renewing the lease', () => {
  test('keeps it, also after it expired unnoticed', async () => {
    await acquire(first);
    renewedAgo(60 * minute);
    await renew(first);
    await expect(acquire(second)).rejects.toMatchObject({ type: 'LeaseBusy' });
  });

  test('makes it again when it is gone', async () => {
    await acquire(first);
    cluster.objects.leases.length = 0;
    await renew(first);
    expect(lease().spec.holderIdentity).toBe(first);
  });

  test('that another run has taken over ends this run', async () => {
    await acquire(first);
    renewedAgo(60 * minute);
    await acquire(second);
    await expect(renew(first)).rejects.toMatchObject({
      type: 'LeaseLost',
      nonRetryable: true,
      message: expect.stringContaining(`held by ${second}, expected ${first}`),
    });
  });

  test('beside itself keeps it', async () => {
    await acquire(first);
    await Promise.all([renew(first), renew(first), renew(first)]);
    expect(lease().spec).toMatchObject({ holderIdentity: first, leaseTransitions: 0 });
  });
});

describe('releasing the lease', () => {
  test('frees it, and may be repeated', async () => {
    await acquire(first);
    await release(first);
    expect(cluster.objects.leases).toEqual([]);
    await release(first);
    await acquire(second);
    expect(lease().spec.holderIdentity).toBe(second);
  });

  test('of another run does nothing', async () => {
    await acquire(first);
    await release(second);
    expect(lease().spec.holderIdentity).toBe(first);
  });

  test('that another run takes over meanwhile leaves it to that run', async () => {
    await acquire(first);
    const fault = cluster.faults.api({ fault: 'delay', verb: 'delete', resource: 'leases' });
    const releasing = release(first);
    await fault.struck();
    renewedAgo(60 * minute);
    await acquire(second);
    fault.remove();
    await releasing;
    expect(lease().spec.holderIdentity).toBe(second);
  });

  test('beside its own renewal frees it', async () => {
    await acquire(first);
    cluster.faults.api({
      fault: 'status',
      status: 409,
      verb: 'delete',
      resource: 'leases',
      times: 1,
    });
    await release(first);
    expect(cluster.objects.leases).toEqual([]);
  });
});
