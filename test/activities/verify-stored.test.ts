import { describe, expect, test } from 'vitest';

import { verifyStoredStep } from '../../src/activities/verify-stored.ts';
import type { StoredFile } from '../../src/contracts/index.ts';
import { sha256Of } from '../store/content.ts';
import { content, S3Bench, whole } from '../store/s3-bench.ts';
import { key } from '../store/store-bench.ts';
import { useSteps } from './step-bench.ts';

describe('what is stored', () => {
  const bench = useSteps();

  test('is read back file by file, from the store that each is in', async () => {
    const { run, policy } = bench.input;
    const { resolver, signal } = bench.context;
    const bytes = { primary: Buffer.from('snapshot'), vault: Buffer.from('tarball!') };
    const files: StoredFile[] = [];
    for (const store of ['primary', 'vault'] as const) {
      const [key, sizeBytes] = [`demo/${run.id}/${store}`, bytes[store].length];
      await resolver.store(store).create(key, bytes[store], signal);
      const sha256 = sha256Of(bytes[store]);
      const sizes = { sizeBytes, sha256, storedSizeBytes: sizeBytes, storedSha256: sha256 };
      files.push({ kind: 'snapshot', name: store, store, key, ...sizes });
    }
    const verify = async (given: readonly StoredFile[]) =>
      (await verifyStoredStep({ run, policy, files: given }, bench.context)).verification.map(
        ({ outcome }) => outcome,
      );
    expect(await verify(files)).toEqual(['passed', 'passed']);
    const wrong = { ...files[1]!, storedSha256: sha256Of(Buffer.from('tarball?')) };
    expect(await verify([files[0]!, wrong])).toEqual(['passed', 'failed']);
  });
});

describe('the lock of what is stored', () => {
  const bench = useSteps();
  const bucket = new S3Bench();
  const file: StoredFile = {
    kind: 'snapshot',
    name: 'snapshot_1.db',
    store: 'primary',
    key,
    sizeBytes: content.length,
    sha256: whole,
    storedSizeBytes: content.length,
    storedSha256: whole,
  };
  const objectLock = { mode: 'governance', retainForMs: 24 * 60 * 60 * 1000 } as const;

  const verify = async () => {
    const { run, policy } = bench.input;
    const { resolver } = bench.context;
    const store = () => bucket.open({ objectLock });
    const context = { ...bench.context, resolver: { ...resolver, store } };
    return await verifyStoredStep({ run, policy, files: [file] }, context);
  };

  test('is told as the store shows it', async () => {
    await bucket.upload(bucket.open({ objectLock }));
    const { headers } = bucket.server.bucket.objects.get(key)!;
    const until = new Date(headers['x-amz-object-lock-retain-until-date']!).toISOString();
    expect(await verify()).toMatchObject({
      verification: [{ outcome: 'passed' }],
      locks: [{ store: 'primary', key, mode: 'governance', until }],
    });
  });

  test('was asked for: without it no manifest is written, whatever was said of the upload', async () => {
    await bucket.upload(bucket.open());
    await expect(verify()).rejects.toMatchObject({
      type: 'StoreRefused',
      nonRetryable: true,
      message: expect.stringContaining('object lock: none, expected GOVERNANCE'),
    });
  });
});
