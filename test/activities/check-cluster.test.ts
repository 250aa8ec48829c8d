import { rm } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { checkClusterStep } from '../../src/activities/check-cluster.ts';
import { condition } from '../../src/testing/index.ts';
import { useSteps } from './step-bench.ts';

describe('looking at the cluster', () => {
  const bench = useSteps();
  const check = async () =>
    await checkClusterStep(bench.config)(
      { run: bench.input.run, request: { cluster: 'demo' } },
      bench.context,
    );

  test('of a healthy one gives facts and policy, and changes nothing', async () => {
    const before = bench.cluster.requests.length;
    const { facts, policy } = await check();
    expect(facts).toMatchObject({ openshiftVersion: '4.16.20', node: { name: 'master-0' } });
    expect(policy.stores).toEqual({ snapshot: 'primary', staticKubeResources: 'vault' });
    const verbs = bench.cluster.requests.slice(before).map(({ verb }) => verb);
    expect(new Set(verbs)).toEqual(new Set(['get', 'list']));
  });

  test('refuses where a guard refuses', async () => {
    const etcd = bench.cluster.objects.clusterOperators.find(
      ({ metadata }) => metadata.name === 'etcd',
    );
    const progressing = condition(etcd!.status.conditions, 'Progressing');
    progressing.status = 'True';
    await expect(check()).rejects.toMatchObject({
      type: 'GuardRefused',
      nonRetryable: true,
      message: expect.stringContaining('operatorsSettled: progressing: etcd'),
    });
    progressing.status = 'False';
    await check();
  });

  test('finds out that a store is not there', async () => {
    await rm(bench.stores.vault, { recursive: true });
    await expect(check()).rejects.toMatchObject({ type: 'StoreUnavailable' });
  });
});
