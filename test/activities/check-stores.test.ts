import { rm } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { checkClusterStep } from '../../src/activities/check-cluster.ts';
import { useSteps } from './step-bench.ts';

describe('looking at stores alone', () => {
  const bench = useSteps();
  const look = async (...stores: readonly string[]) => {
    const input = { run: bench.input.run, request: { cluster: 'demo' }, stores };
    return await checkClusterStep(bench.config)(input, bench.context);
  };

  test('asks nothing of the cluster, and nothing of other stores', async () => {
    await rm(bench.stores.primary, { recursive: true });
    const before = bench.cluster.requests.length;
    expect(await look('vault')).toEqual({ outcome: 'storesReady' });
    expect(bench.cluster.requests.length).toBe(before);
  });

  test('finds out that one is not there', async () => {
    await rm(bench.stores.vault, { recursive: true });
    await expect(look('primary', 'vault')).rejects.toMatchObject({
      type: 'StoreUnavailable',
      message: expect.stringContaining('store=vault'),
    });
  });
});
