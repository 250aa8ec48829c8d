import { describe, expect, test } from 'vitest';

import { check } from './cluster-check.ts';
import { useSteps } from './step-bench.ts';

describe('an API that is up while its absence is overridden', () => {
  const bench = useSteps();
  const config = {
    access: 'ssh',
    ssh: { user: 'core', hosts: { 'master-0': '192.0.2.1' } },
  } as const;
  const request = { overrides: [{ guard: 'apiUnavailable', reason: 'drill 7' }] };

  test.each([429, 503])(
    'keeps its guards and its Lease when it answers one read with %d: the check is repeated instead',
    async (status) => {
      bench.cluster.faults.api({ fault: 'status', status, resource: 'proxies' });
      await expect(check(bench, { config, request })).rejects.toMatchObject({
        type: 'ClusterUnreachable',
        nonRetryable: false,
        message: expect.stringContaining(String(status)),
      });
    },
  );

  test('keeps them when it is back before it counts as away', async () => {
    // The first read, and the first two of those that ask again.
    bench.cluster.faults.api({ fault: 'reset', resource: 'clusterversions', times: 3 });
    bench.cluster.faults.api({ fault: 'reset', resource: 'proxies' });
    await expect(check(bench, { config, request })).rejects.toMatchObject({
      type: 'ClusterUnreachable',
    });
    bench.cluster.faults.removeAll();
    expect(await check(bench, { config, request })).toMatchObject({ policy: { mutex: 'lease' } });
  });

  test('keeps them when it denies what it is asked again', async () => {
    bench.cluster.faults.api({ fault: 'reset', resource: 'clusterversions', times: 1 });
    bench.cluster.faults.api({ fault: 'deny', resource: 'clusterversions' });
    await expect(check(bench, { config, request })).rejects.toMatchObject({
      type: 'ClusterUnreachable',
    });
  });
});
