import { appendFile, rename, rm, writeFile } from 'node:fs/promises';

import { describe, expect, test, vi } from 'vitest';

import type { NodeShell } from '../../src/node/node-shell.ts';
import type { BackupStore } from '../../src/store/backup-store.ts';
import { waitUntil } from '../../src/testing/index.ts';
import { contentOf, partsOf, sha256Of } from '../store/content.ts';
import { counted, withFaults } from './local-shell.ts';
import type { Fault } from './local-shell.ts';
import { textOf } from './text-of.ts';
import { content, key, partSizeBytes, signal, useUploads } from './upload-bench.ts';

// The record before each part, and one more before the first.
const record = 128;
const head = 2 * record;

function sha256OfParts(bytes: Buffer): string {
  const parts = partsOf(bytes, { sizeBytes: bytes.length, partSizeBytes });
  return sha256Of(Buffer.concat(parts.map(({ part }) => Buffer.from(part.sha256, 'hex'))));
}

describe('an upload', () => {
  const bench = useUploads();

  test.each([
    ['smaller than a part', 999],
    ['of exactly one part', 100_000],
    ['of whole parts', 300_000],
    ['of parts and a rest', 300_001],
    ['of nothing', 0],
  ])('of a file %s ends with the same bytes in the store', async (_, sizeBytes) => {
    const bytes = contentOf('sizes', sizeBytes);
    const file = await bench.inspect(bytes);
    const progress: number[] = [];
    const onProgress = (bytesDone: number) => void progress.push(bytesDone);
    expect(await bench.upload(file, { onProgress })).toEqual({
      kind: 'staticKubeResources',
      name: 'snapshot_1.db',
      store: 'vault',
      key,
      sizeBytes,
      sha256: sha256Of(bytes),
      storedSizeBytes: sizeBytes,
      storedSha256: sha256Of(bytes),
      partsChecksum: { sha256OfParts: sha256OfParts(bytes), partSizeBytes },
    });
    expect((await bench.stored()).equals(bytes)).toBe(true);
    expect(progress[0]).toBe(0);
    expect(progress.at(-1)).toBe(sizeBytes);
    expect(await bench.store.listUploads('', signal)).toEqual([]);
  });

  test.each<[string, readonly Fault[]]>([
    ['before the first byte', [{ cutAt: 0 }]],
    ['in mid-part', [{ cutAt: head + 50_000 }]],
    ['between two parts', [{ cutAt: record + 2 * (record + 100_000) }]],
    ['in part after part', [1, 2, 3].map((part) => ({ cutAt: head + part * 70_000 }))],
    ['five times in the same part', Array.from({ length: 5 }, () => ({ cutAt: head + 10 }))],
  ])('goes on by itself when the connection is cut %s', async (_, faults) => {
    const file = await bench.inspect(content);
    await bench.upload(file, { shell: withFaults(bench.shell, faults) });
    expect((await bench.stored()).equals(content)).toBe(true);
  });

  test('ends retryably when a part cannot be read six times, and keeps what it stored', async () => {
    const file = await bench.inspect(content);
    const faults = [
      { cutAt: head + 250_000 },
      ...Array.from({ length: 5 }, () => ({ cutAt: head + 10 })),
    ];
    const lost = bench.upload(file, { shell: withFaults(bench.shell, faults) });
    await expect(lost).rejects.toMatchObject({ type: 'NodeUnreachable', nonRetryable: false });
    const session = await bench.store.begin(
      { key, sizeBytes: file.sizeBytes, partSizeBytes },
      signal,
    );
    const parts = await bench.store.listParts(session, signal);
    expect(parts.map(({ number }) => number)).toEqual([1, 2]);
    expect(await bench.store.stat(key, signal)).toBeUndefined();

    const other = counted(bench.shell);
    const progress: number[] = [];
    await bench.upload(file, { shell: other, onProgress: (bytes) => void progress.push(bytes) });
    expect((await bench.stored()).equals(content)).toBe(true);
    expect(other.bytesRead).toBe(record + 3 * record + 250_000);
    expect(progress).toEqual([200_000, 300_000, 400_000, 450_000]);
  });

  test('throws away bytes that were damaged on their way, and reads them again', async () => {
    const file = await bench.inspect(content);
    const other = counted(withFaults(bench.shell, [{ flipAt: head + 123_456 }]));
    const offered: boolean[] = [];
    const watched: BackupStore = {
      ...bench.store,
      putPart: async (session, part, bytes, stop) => {
        offered.push(sha256Of(bytes) === part.sha256);
        await bench.store.putPart(session, part, bytes, stop);
      },
    };
    await bench.upload(file, { shell: other, store: watched });
    expect((await bench.stored()).equals(content)).toBe(true);
    expect(offered).toEqual([true, true, true, true, true]);
    expect(other.bytesRead).toBe(record + 6 * record + content.length + partSizeBytes);
  });

  test('never stores bytes that arrive damaged twice', async () => {
    const file = await bench.inspect(content);
    const damaging: NodeShell = {
      ...bench.shell,
      open: async (...command) => {
        const channel = await bench.shell.open(...command);
        const read = async (buffer: Uint8Array) => {
          await channel.read(buffer);
          if (buffer.length === partSizeBytes) buffer[5]! ^= 1;
        };
        return { ...channel, read };
      },
    };
    const damaged = bench.upload(file, { shell: damaging });
    await expect(damaged).rejects.toMatchObject({ type: 'ChecksumMismatch', nonRetryable: false });
    const session = await bench.store.begin(
      { key, sizeBytes: file.sizeBytes, partSizeBytes },
      signal,
    );
    expect(await bench.store.listParts(session, signal)).toEqual([]);
  });

  test.each<[string, () => Promise<void>]>([
    [
      'another file of the same size took its place',
      async () => {
        await writeFile(`${bench.path}.new`, contentOf('other', content.length));
        await rename(`${bench.path}.new`, bench.path);
      },
    ],
    [
      'the file was written again in place',
      () => writeFile(bench.path, contentOf('other', 450_000)),
    ],
    ['the file grew', () => appendFile(bench.path, 'x')],
    ['the file is gone', () => rm(bench.path)],
  ])('fails for good when in its middle %s', async (_, change) => {
    const file = await bench.inspect(content);
    let changed: Promise<void> | undefined;
    const failed = bench.upload(file, {
      store: {
        ...bench.store,
        putPart: async (...part) => {
          await bench.store.putPart(...part);
          await (changed ??= change());
        },
      },
    });
    await expect(failed).rejects.toMatchObject({ type: 'FileChanged', nonRetryable: true });
    expect(await bench.store.stat(key, signal)).toBeUndefined();
  });

  test.each<[string, (list: string) => Promise<void>]>([
    ['gone', (list) => rm(list)],
    ['another one', (list) => writeFile(list, `${'0'.repeat(64)}\n`.repeat(5))],
    ['longer', (list) => appendFile(list, 'x')],
  ])('fails for good when the list of part digests is %s', async (_, change) => {
    const file = await bench.inspect(content);
    await change(file.partListPath);
    const failed = bench.upload(file);
    await expect(failed).rejects.toMatchObject({ type: 'FileChanged', nonRetryable: true });
    expect(await bench.store.listUploads('', signal)).toEqual([]);
  });

  test('that is told to stop in its middle ends with the reason, and goes on later', async () => {
    const file = await bench.inspect(content);
    const stop = new AbortController();
    const reason = new Error('told to stop');
    const stopped = bench.upload(file, {
      signal: stop.signal,
      onProgress: (bytes) => bytes === 200_000 && stop.abort(reason),
    });
    await expect(stopped).rejects.toBe(reason);
    expect(await bench.store.stat(key, signal)).toBeUndefined();

    const other = counted(bench.shell);
    await bench.upload(file, { shell: other });
    expect(other.bytesRead).toBe(record + 3 * record + 250_000);
    expect((await bench.stored()).equals(content)).toBe(true);
  });

  test('reads the next part while one is stored, and stores one at a time', async () => {
    const file = await bench.inspect(content);
    const shell = counted(bench.shell);
    let [waiting, most] = [0, 0];
    const watched: BackupStore = {
      ...bench.store,
      putPart: async (session, part, bytes, stop) => {
        most = Math.max(most, (waiting += 1));
        const last = Math.min(part.number + 1, 5);
        const next = Math.min(last * partSizeBytes, content.length) + (1 + last) * record;
        await waitUntil('the next part', () => shell.bytesRead >= next || undefined);
        await bench.store.putPart(session, part, bytes, stop);
        waiting -= 1;
      },
    };
    await bench.upload(file, { shell, store: watched });
    expect(most).toBe(1);
    expect((await bench.stored()).equals(content)).toBe(true);
  });

  test('stores a part once more when other bytes arrived there', async () => {
    const file = await bench.inspect(content);
    const numbers: number[] = [];
    const damaging: BackupStore = {
      ...bench.store,
      putPart: async (session, part, bytes, stop) => {
        numbers.push(part.number);
        const isFirst = numbers.filter((number) => number === 2).length === 1;
        const damaged = part.number === 2 && isFirst ? contentOf('damaged', bytes.length) : bytes;
        await bench.store.putPart(session, part, damaged, stop);
      },
    };
    await bench.upload(file, { store: damaging });
    expect(numbers).toEqual([1, 2, 2, 3, 4, 5]);
    expect((await bench.stored()).equals(content)).toBe(true);
  });

  test.each([1, 2, 4])('over %i lanes ends with the same bytes', async (lanes) => {
    const bytes = Buffer.concat([contentOf('lanes', 6_000_000), textOf('lanes', 5_000_001)]);
    const file = await bench.inspect(bytes, 10_000_000);
    const shell = withFaults(bench.shell, [{ cutAt: 5_500_000 }, {}, { cutAt: 100 }]);
    const transfer = { lanes, compression: 'auto' } as const;
    await bench.upload(file, { shell, transfer });
    expect((await bench.stored()).equals(bytes)).toBe(true);
  });

  test('sends again what the store has otherwise', async () => {
    const file = await bench.inspect(content);
    const session = await bench.store.begin(
      { key, sizeBytes: content.length, partSizeBytes },
      signal,
    );
    const bytes = contentOf('other', partSizeBytes);
    const part = { number: 2, sizeBytes: partSizeBytes, sha256: sha256Of(bytes) };
    await bench.store.putPart(session, part, bytes, signal);
    await bench.upload(file);
    expect((await bench.stored()).equals(content)).toBe(true);
  });

  test('that stands still fails for good instead of waiting for ever', async () => {
    const file = await bench.inspect(content);
    const hanging = { ...bench.store, putPart: () => new Promise<never>(() => undefined) };
    const still = bench.upload(file, { store: hanging, noProgressMs: 300 });
    await expect(still).rejects.toMatchObject({ type: 'NoProgress', nonRetryable: true });
  });

  test('whose object is slowly made goes on as long as that does, and is told of', async () => {
    const file = await bench.inspect(content);
    const told: (readonly number[])[] = [];
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const slow: BackupStore = {
        ...bench.store,
        commit: async (session, list, stop, onProgress) => {
          for (const bytesDone of [1, 2]) {
            vi.advanceTimersByTime(900);
            onProgress?.(bytesDone);
          }
          await bench.store.commit(session, list, stop);
        },
      };
      const onCommit = (...bytes: readonly number[]) => void told.push(bytes);
      await bench.upload(file, { store: slow, noProgressMs: 1000, onCommit });
    } finally {
      vi.useRealTimers();
    }
    expect(told).toEqual([
      [1, content.length],
      [2, content.length],
    ]);
    expect((await bench.stored()).equals(content)).toBe(true);
  });

  test('that is slow but goes on is left alone', async () => {
    const file = await bench.inspect(content);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const slow: BackupStore = {
        ...bench.store,
        putPart: async (...part) => {
          await bench.store.putPart(...part);
          vi.advanceTimersByTime(900);
        },
      };
      await bench.upload(file, { store: slow, noProgressMs: 1000 });
    } finally {
      vi.useRealTimers();
    }
    expect((await bench.stored()).equals(content)).toBe(true);
  });
});
