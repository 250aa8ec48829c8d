import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { BackupFile, NodeFile } from '../../src/contracts/files.ts';
import type { BackupStore } from '../../src/store/backup-store.ts';
import { partRange } from '../../src/store/layout.ts';
import { inspectFile } from '../../src/transfer/inspect-file.ts';
import type { Transform } from '../../src/transfer/object-parts.ts';
import { contentOf, sha256Of } from '../store/content.ts';
import { content, key, partSizeBytes, signal, useUploads } from './upload-bench.ts';

/** Every bit turned, and a mark before the first byte, so that no part is of the bytes of one. */
const mark = Buffer.from('turned: ');
const turned = Buffer.concat([mark, content.map((byte) => ~byte)]);

/** Makes that of the parts of the file, whatever the next one is. */
function turn(
  known: (number: number) => string | undefined = () => undefined,
  asked: number[] = [],
): Transform {
  return (plain) => {
    const made = Buffer.alloc(turned.length);
    mark.copy(made);
    const scratch = Buffer.alloc(plain.partSizeBytes);
    let before = Promise.resolve();
    const makeUpTo = async (from: number, end: number) => {
      const first = Math.floor(Math.max(0, from - mark.length) / plain.partSizeBytes) + 1;
      for (let number = first; ; number += 1) {
        const { offset, sizeBytes } = partRange(plain, number);
        if (sizeBytes <= 0 || mark.length + offset >= end) return;
        const bytes = scratch.subarray(0, sizeBytes);
        asked.push(number);
        await plain.read(number, bytes);
        made.set(
          bytes.map((byte) => ~byte),
          mark.length + offset,
        );
      }
    };
    const geometry = { sizeBytes: turned.length, partSizeBytes: plain.partSizeBytes };
    return Promise.resolve({
      ...geometry,
      digests: async () => [1, 2, 3, 4, 5].map((number) => known(number)),
      read: async (number, buffer) => {
        const { offset, sizeBytes } = partRange(geometry, number);
        before = before.then(() => makeUpTo(offset, offset + sizeBytes));
        await before;
        buffer.set(made.subarray(offset, offset + sizeBytes));
        return sha256Of(buffer);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  };
}

describe('an upload of what is made of a file', () => {
  const bench = useUploads();
  const expected = {
    name: 'snapshot_1.db',
    sizeBytes: content.length,
    sha256: sha256Of(content),
    storedSizeBytes: turned.length,
    storedSha256: sha256Of(turned),
  };
  const interrupted = async (file: BackupFile) => {
    const stop = new AbortController();
    const reason = new Error('told to stop');
    const onProgress = (bytes: number) => bytes === 2 * partSizeBytes && stop.abort(reason);
    const stopped = bench.upload(file, { transform: turn(), signal: stop.signal, onProgress });
    await expect(stopped).rejects.toBe(reason);
  };
  const watched = (sent: number[]): BackupStore => ({
    ...bench.store,
    putPart: async (session, part, bytes, stop) => {
      sent.push(part.number);
      await bench.store.putPart(session, part, bytes, stop);
    },
  });

  test('stores that, and says what it is', async () => {
    const file = await bench.inspect(content);
    expect(await bench.upload(file, { transform: turn() })).toMatchObject(expected);
    expect((await bench.stored()).equals(turned)).toBe(true);
  });

  test('sends nothing again that the store has, though it must be made to know', async () => {
    const file = await bench.inspect(content);
    await interrupted(file);
    const sent: number[] = [];
    const upload = bench.upload(file, { transform: turn(), store: watched(sent) });
    expect(await upload).toMatchObject(expected);
    expect(sent).toEqual([3, 4, 5]);
    expect((await bench.stored()).equals(turned)).toBe(true);
  });

  test('goes on in the middle where the digests of its parts are known', async () => {
    const file = await bench.inspect(content);
    await interrupted(file);
    const known = (number: number) => {
      const { offset, sizeBytes } = partRange({ sizeBytes: turned.length, partSizeBytes }, number);
      return number > 2 ? undefined : sha256Of(turned.subarray(offset, offset + sizeBytes));
    };
    const asked: number[] = [];
    const transform = turn(known, asked);
    expect(await bench.upload(file, { transform })).toMatchObject(expected);
    expect(asked).toEqual([2, 3, 3, 4, 4, 5]);
    expect((await bench.stored()).equals(turned)).toBe(true);
  });

  test('does not believe what it reads back to be what it stored', async () => {
    const file = await bench.inspect(content);
    await interrupted(file);
    const known = () => '0'.repeat(64);
    const lying: BackupStore = {
      ...bench.store,
      listParts: async (...listing) => {
        const parts = await bench.store.listParts(...listing);
        return parts.map((part) => ({ ...part, sha256: '0'.repeat(64) }));
      },
      commit: async (session, parts, stop) => {
        const real = await bench.store.listParts(session, stop);
        const sha256 = (number: number) => real.find((part) => part.number === number)?.sha256;
        const told = parts.map((part) => ({ ...part, sha256: sha256(part.number) ?? '' }));
        await bench.store.commit(session, told, stop);
      },
    };
    const upload = bench.upload(file, { transform: turn(known), store: lying });
    await expect(upload).rejects.toMatchObject({ type: 'ChecksumMismatch' });
  });

  test('is done when it is stored already, and refused when other bytes are', async () => {
    const file = await bench.inspect(content);
    const first = await bench.upload(file, { transform: turn() });
    expect(await bench.upload(file, { transform: turn() })).toEqual(first);
    const other = `${key}.other`;
    await bench.store.create(other, contentOf('other', turned.length), signal);
    const refused = bench.upload(file, { transform: turn(), key: other });
    await expect(refused).rejects.toMatchObject({ type: 'StoreRefused', nonRetryable: true });
  });

  test('sends the compressed form of a file, and says of which file it is', async () => {
    const file = await bench.inspect(content);
    const path = join(bench.path, '..', 'snapshot_1.db.zst');
    const packed = contentOf('packed', 123_456);
    await writeFile(path, packed);
    const inspected = await inspectFile({
      shell: bench.shell,
      kind: 'combined',
      path,
      takeDirectory: join(bench.path, '..'),
      partSizeBytes,
      digestTool: 'sha256sum',
      signal,
    });
    const compressed: NodeFile = inspected.file;
    const upload = bench.upload({ ...file, compressed }, { sent: compressed });
    expect(await upload).toMatchObject({
      ...expected,
      storedSizeBytes: packed.length,
      storedSha256: sha256Of(packed),
      compression: 'zstd',
    });
    expect((await bench.stored()).equals(packed)).toBe(true);
  });
});
