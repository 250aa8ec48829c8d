import { describe, expect, test } from 'vitest';

import { commitBackupStep } from '../../src/activities/commit-backup.ts';
import { failedKey, manifestKey } from '../../src/store/layout.ts';
import { exampleManifest } from '../store/example-manifest.ts';
import { useSteps } from './step-bench.ts';

describe('the manifest', () => {
  const bench = useSteps();
  const commit = async (manifest = exampleManifest) =>
    await commitBackupStep(
      { run: bench.input.run, policy: bench.input.policy, manifest },
      bench.context,
    );
  const stat = async (store: 'primary' | 'vault', keyOf = manifestKey) =>
    await bench.context.resolver
      .store(store)
      .stat(keyOf('demo', bench.input.run.id), bench.context.signal);

  test('stands in both stores, and may be written again with the same bytes only', async () => {
    const reference = await commit();
    expect(await stat('primary')).toMatchObject({ key: reference.key });
    expect(await stat('vault')).toEqual(await stat('primary'));
    expect(await commit()).toEqual(reference);
    const other = { ...exampleManifest, openshiftVersion: '4.18.8' };
    await expect(commit(other)).rejects.toMatchObject({ type: 'StoreRefused' });
  });

  test('is not written where a level failed: a record of the failure is', async () => {
    const failed = { level: 'transport', outcome: 'failed', evidence: 'other bytes' } as const;
    const verification = [...exampleManifest.verification, failed];
    await expect(commit({ ...exampleManifest, verification })).rejects.toMatchObject({
      type: 'VerificationFailed',
      nonRetryable: true,
      message: expect.stringContaining('transport: other bytes'),
    });
    expect(await stat('primary')).toBeUndefined();
    expect(await stat('vault')).toBeUndefined();
    expect(await stat('primary', failedKey)).toBeDefined();
  });

  test('comes last into the store where readers look', async () => {
    const { resolver, signal } = bench.context;
    const key = manifestKey('demo', bench.input.run.id);
    await resolver.store('vault').create(key, Buffer.from('taken'), signal);
    await expect(commit()).rejects.toMatchObject({ type: 'StoreRefused' });
    expect(await stat('primary')).toBeUndefined();
  });
});
