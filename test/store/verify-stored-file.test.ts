import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { StoredFile } from '../../src/contracts/files.ts';
import type { BackupStore } from '../../src/store/backup-store.ts';
import { sha256OfParts } from '../../src/store/parts-checksum.ts';
import { verifyStoredFile } from '../../src/store/verify-stored-file.ts';
import { contentOf, sha256Of } from './content.ts';
import { openStore } from './open-directory-store.ts';
import { content as s3Content, geometry, list, S3Bench, whole } from './s3-bench.ts';
import { key } from './store-bench.ts';

const { signal } = new AbortController();

describe('a stored file that is read back', () => {
  const content = contentOf('stored', 20_000_000);
  const sha256 = sha256Of(content);
  const file: StoredFile = {
    kind: 'snapshot',
    name: 'snapshot_1.db',
    store: 'vault',
    key: 'prod/1/snapshot_1.db',
    sizeBytes: 1,
    sha256: '0'.repeat(64),
    storedSizeBytes: content.length,
    storedSha256: sha256,
  };
  let directory: string;
  let store: BackupStore;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'etcd-backup-store-'));
    store = openStore(directory);
    await mkdir(dirname(join(directory, file.key)), { recursive: true });
    await writeFile(join(directory, file.key), content);
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('passes when its bytes are the recorded ones, and shows how far it is', async () => {
    const progress: number[] = [];
    const onProgress = (bytesDone: number) => void progress.push(bytesDone);
    expect(await verifyStoredFile(store, file, { signal, onProgress })).toEqual({
      level: 'transport',
      outcome: 'passed',
      evidence: `store vault, ${file.key}: 20000000 bytes read back, SHA-256 ${sha256} as recorded`,
    });
    expect(progress).toEqual([8_388_608, 16_777_216, 20_000_000]);
  });

  test.each<[string, (path: string) => Promise<void>, RegExp]>([
    ['one bit flipped', (path) => writeFile(path, flipped(content)), /SHA-256 .*, expected /],
    [
      'a byte less',
      (path) => writeFile(path, content.subarray(1)),
      /19999999 bytes, expected 2000/,
    ],
    ['gone', (path) => rm(path), /not there/],
  ])('fails with what was seen when it is %s', async (_, change, evidence) => {
    await change(join(directory, file.key));
    expect(await verifyStoredFile(store, file, { signal })).toEqual({
      level: 'transport',
      outcome: 'failed',
      evidence: expect.stringMatching(evidence),
    });
  });

  test('is no verdict when the store is not there', async () => {
    await rename(directory, `${directory}-away`);
    const lost = verifyStoredFile(store, file, { signal });
    await expect(lost).rejects.toMatchObject({ type: 'StoreUnavailable', nonRetryable: false });
    await rename(`${directory}-away`, directory);
  });
});

describe('a stored file in a bucket', () => {
  const digests = list.map((part) => part.sha256);
  const bench = new S3Bench();
  const object: StoredFile = {
    kind: 'snapshot',
    name: 'snapshot_1.db',
    store: 'primary',
    key,
    sizeBytes: s3Content.length,
    sha256: whole,
    storedSizeBytes: s3Content.length,
    storedSha256: whole,
    partsChecksum: { sha256OfParts: sha256OfParts(digests), partSizeBytes: geometry.partSizeBytes },
  };

  test('is proven by the checksum that the bucket was found to enforce, and not read', async () => {
    await bench.upload(bench.open());
    const before = bench.seen('GetObject').length;
    const verified = await verifyStoredFile(bench.open(), object, { signal });
    expect(verified).toEqual({
      level: 'transport',
      outcome: 'passed',
      evidence: expect.stringContaining(
        `which the store checked, SHA-256 of them ${sha256OfParts(digests)}`,
      ),
    });
    const read = bench.seen('GetObject').slice(before);
    expect(read.filter((seen) => seen.key.includes(key))).toEqual([]);
  });

  test('fails when the bucket has another checksum', async () => {
    await bench.upload(bench.open());
    const partsChecksum = { sha256OfParts: '1'.repeat(64), partSizeBytes: geometry.partSizeBytes };
    const other = { ...object, partsChecksum };
    expect(await verifyStoredFile(bench.open(), other, { signal })).toMatchObject({
      outcome: 'failed',
      evidence: expect.stringContaining(`expected ${'1'.repeat(64)}`),
    });
  });

  test.each(['ignored', 'unheeded', 'unlisted'] as const)(
    'is read back where checksums are %s',
    async (checksums) => {
      await bench.restartWith({ checksums });
      const store = bench.open({ allowUncheckedParts: true });
      await bench.upload(store);
      const stored = bench.server.bucket.objects.get(key)?.bytes;
      expect(await verifyStoredFile(store, object, { signal })).toMatchObject({
        outcome: 'passed',
        evidence: expect.stringContaining(`read back, SHA-256 ${whole} as recorded`),
      });
      stored![1_000_000]! ^= 1;
      expect(await verifyStoredFile(store, object, { signal })).toMatchObject({
        outcome: 'failed',
      });
    },
  );
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - 1]! ^= 1;
  return copy;
}
