import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { BackupStore } from '../../src/store/backup-store.ts';
import { readStoredDigests } from '../../src/transfer/stored-digests.ts';
import { contentOf, sha256Of } from '../store/content.ts';
import { openStore } from '../store/open-directory-store.ts';

const { signal } = new AbortController();
const key = 'prod/1/snapshot_1.db';
const content = contentOf('stored', 250_000);

let directory: string;
let store: BackupStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'etcd-backup-digests-'));
  store = openStore(directory);
});
afterEach(() => rm(directory, { recursive: true }));

function streaming(pieceBytes: number): BackupStore {
  return {
    ...store,
    readAll: async function* (name, stop) {
      const bytes = Buffer.alloc(content.length);
      await store.read(name, 0, bytes, stop);
      for (let at = 0; at < bytes.length; at += pieceBytes)
        yield bytes.subarray(at, at + pieceBytes);
    },
  };
}

describe.each<[string, () => BackupStore]>([
  ['a store of ranges', () => store],
  ['a store that streams less than a part at a time', () => streaming(7)],
  ['a store that streams more than a part at a time', () => streaming(70_001)],
])('%s', (_, open) => {
  test.each([
    [1000, 250],
    [65_536, 4],
    [125_000, 2],
    [1_000_000, 1],
  ])('tells the digests of parts of %i bytes', async (partSizeBytes, count) => {
    await store.create(key, content, signal);
    const progress: number[] = [];
    const onProgress = (bytesDone: number) => void progress.push(bytesDone);
    const object = { key, sizeBytes: content.length, partSizeBytes };
    const parts = Array.from({ length: count }, (__, index) =>
      sha256Of(content.subarray(index * partSizeBytes, (index + 1) * partSizeBytes)),
    );
    expect(await readStoredDigests(open(), object, { signal, onProgress })).toEqual({
      sha256: sha256Of(content),
      parts,
    });
    expect(progress.at(-1)).toBe(content.length);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });
});

test('an empty object is one empty part', async () => {
  const empty = Buffer.alloc(0);
  await store.create(key, empty, signal);
  const object = { key, sizeBytes: 0, partSizeBytes: 1000 };
  expect(await readStoredDigests(store, object, { signal })).toEqual({
    sha256: sha256Of(empty),
    parts: [sha256Of(empty)],
  });
});
