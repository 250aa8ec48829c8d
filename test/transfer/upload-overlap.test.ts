import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { failure } from '../../src/contracts/failures.ts';
import type { BackupStore } from '../../src/store/backup-store.ts';
import { contentOf } from '../store/content.ts';
import { content, key, partSizeBytes, signal, useUploads } from './upload-bench.ts';

describe('an upload', () => {
  const bench = useUploads();

  test('by two workers at once makes one object', async () => {
    const file = await bench.inspect(content);
    const [first, second] = await Promise.all([bench.upload(file), bench.upload(file)]);
    expect(second).toEqual(first);
    expect((await bench.stored()).equals(content)).toBe(true);
    expect(await bench.store.list('', signal)).toHaveLength(1);
    expect(await bench.store.listUploads('', signal)).toEqual([]);
  });

  test('that an overlapping worker finishes in its middle is done too', async () => {
    const file = await bench.inspect(content);
    let overtaken: Promise<unknown> | undefined;
    const overtake: BackupStore = {
      ...bench.store,
      putPart: async (...part) => {
        await (overtaken ??= bench.upload(file));
        await bench.store.putPart(...part);
      },
    };
    expect(await bench.upload(file, { store: overtake })).toMatchObject({
      key,
      sha256: file.sha256,
    });
    expect((await bench.stored()).equals(content)).toBe(true);
    expect(await bench.store.listUploads('', signal)).toEqual([]);
  });

  test('whose commit succeeded without an answer is done', async () => {
    const file = await bench.inspect(content);
    const unheard: BackupStore = {
      ...bench.store,
      commit: async (...committed) => {
        await bench.store.commit(...committed);
        throw failure('StoreUnavailable', { observed: 'answer lost' });
      },
    };
    expect(await bench.upload(file, { store: unheard })).toMatchObject({
      key,
      sha256: file.sha256,
    });
    expect((await bench.stored()).equals(content)).toBe(true);
  });

  test('that is stored already is done, though its node is gone', async () => {
    const file = await bench.inspect(content);
    const first = await bench.upload(file);
    const gone = () => Promise.reject(failure('NodeUnreachable', { observed: 'gone' }));
    const shell = { nodeName: 'gone', run: gone, open: gone };
    const progress: number[] = [];
    const onProgress = (bytesDone: number) => void progress.push(bytesDone);
    expect(await bench.upload(file, { shell, onProgress })).toEqual(first);
    expect(progress.at(-1)).toBe(content.length);
  });

  test('leaves nothing of an upload whose worker died right after the object appeared', async () => {
    const file = await bench.inspect(content);
    await bench.upload(file);
    // What a death between publishing the object and tidying up leaves.
    const leftover = 'prod/20260101T000000Z-abc/snapshot_2.db';
    await bench.store.begin({ key: leftover, sizeBytes: content.length, partSizeBytes }, signal);
    await mkdir(join(bench.directory, 'prod/20260101T000000Z-abc'), { recursive: true });
    await writeFile(join(bench.directory, leftover), content);
    await bench.upload(file, { key: leftover });
    expect(await bench.store.listUploads('', signal)).toEqual([]);
    expect(await readdir(join(bench.directory, '.uploads'))).toEqual([]);
  });

  test.each([content.length, 3])(
    'is refused when its name is taken by %i other bytes, and leaves them',
    async (length) => {
      const file = await bench.inspect(content);
      const mine = contentOf('mine', length);
      await bench.store.create(key, mine, signal);
      const refused = { type: 'StoreRefused', nonRetryable: true };
      await expect(bench.upload(file)).rejects.toMatchObject(refused);
      expect((await bench.stored()).equals(mine)).toBe(true);
    },
  );

  test('hands on what the store fails with', async () => {
    const file = await bench.inspect(content);
    await rename(bench.directory, `${bench.directory}-away`);
    const lost = bench.upload(file);
    await expect(lost).rejects.toMatchObject({ type: 'StoreUnavailable', nonRetryable: false });
    await rename(`${bench.directory}-away`, bench.directory);
  });
});
