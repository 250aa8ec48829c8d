import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import { waitUntil } from '../../src/testing/wait-until.ts';
import { contentOf, sha256Of } from '../store/content.ts';
import { key } from '../store/store-bench.ts';
import {
  DirectBench,
  content,
  everyProcess,
  fromNode,
  partSizeBytes,
  signing,
} from './direct-bench.ts';
import { counted, withFaults } from './local-shell.ts';

const bench = new DirectBench();
const whole = sha256Of(content);

describe('a direct upload', () => {
  test.each([
    ['smaller than a part', 999],
    ['of exactly one part', partSizeBytes],
    ['of whole parts', 2 * partSizeBytes],
    ['of parts and a rest', content.length],
    ['of nothing', 0],
  ])('of a file %s ends with the same bytes in the store', async (_, sizeBytes) => {
    const bytes = content.subarray(0, sizeBytes);
    const file = await bench.inspect(bytes);
    const shell = counted(bench.shell);
    const progress: number[] = [];
    const onProgress = (bytesDone: number) => void progress.push(bytesDone);
    const stored = await bench.send(file, { shell, onProgress });
    expect(bench.relayed).toBeUndefined();
    expect(stored).toMatchObject({ store: 'primary', key, sizeBytes, sha256: sha256Of(bytes) });
    expect(bench.stored()).toBe(sha256Of(bytes));
    expect(bench.senders()).toEqual(fromNode(Math.max(1, Math.ceil(sizeBytes / partSizeBytes))));
    // Records of a few words, and no byte of the file.
    expect(shell.bytesRead).toBeLessThan(10_000);
    expect(progress[0]).toBe(0);
    expect(progress.at(-1)).toBe(sizeBytes);
    expect(bench.unfinished()).toEqual([]);
  });

  test('sends each part with its length and its digest, and nothing that S3 refuses', async () => {
    await bench.send(await bench.inspect());
    for (const { headers, query } of bench.sent()) {
      const offset = (Number(query['partNumber']) - 1) * partSizeBytes;
      const bytes = content.subarray(offset, offset + partSizeBytes);
      const checksum = Buffer.from(sha256Of(bytes), 'hex').toString('base64');
      expect(headers).toMatchObject({
        'content-length': String(bytes.length),
        'x-amz-checksum-sha256': checksum,
      });
      expect(headers).not.toHaveProperty('transfer-encoding');
      expect(headers).not.toHaveProperty('expect');
      expect(headers).not.toHaveProperty('content-type');
      expect(headers).not.toHaveProperty('authorization');
      expect(query['X-Amz-SignedHeaders']).toBe('content-length;host;x-amz-checksum-sha256');
      expect(query['X-Amz-Expires']).toBe('300');
    }
  });

  test('sends the compressed form where that is what is to be stored', async () => {
    const file = await bench.inspect();
    const smaller = contentOf('compressed', partSizeBytes + 7);
    const sent = await bench.inspectBeside(smaller);
    const stored = await bench.send(file, { sent });
    expect(stored).toMatchObject({ sha256: whole, storedSha256: sha256Of(smaller) });
    expect(bench.stored()).toBe(sha256Of(smaller));
    expect(bench.senders()).toEqual(fromNode(2));
  });

  test('has two parts on their way at once, and no more', async () => {
    const both = Promise.withResolvers<void>();
    let arrived = 0;
    const before = async () => {
      arrived += 1;
      if (arrived === 2) both.resolve();
      await both.promise;
    };
    bench.server.fail('UploadPart', { before }, 2);
    const shell = counted(bench.shell);
    await bench.send(await bench.inspect(), { shell });
    expect(bench.stored()).toBe(whole);
    expect(shell.opened).toBe(2);
  });

  test('goes on with what an earlier worker left', async () => {
    const file = await bench.inspect();
    const stop = new AbortController();
    const reason = new Error('told to stop');
    const stopped = bench.send(file, {
      signal: stop.signal,
      onProgress: (bytes) => bytes > 0 && stop.abort(reason),
    });
    await expect(stopped).rejects.toBe(reason);
    expect(bench.stored()).toBeUndefined();
    const [upload] = bench.server.bucket.uploads.values();
    const there = [...upload!.parts.keys()];
    expect(there).not.toEqual([]);

    const before = bench.sent().length;
    await bench.send(file);
    const again = new Set(
      bench
        .sent()
        .slice(before)
        .map(({ query }) => query['partNumber']),
    );
    expect(there.filter((number) => again.has(String(number)))).toEqual([]);
    expect(bench.stored()).toBe(whole);
    expect(bench.unfinished()).toEqual([]);
  });

  test('that is told to stop ends what is on its way', async () => {
    const file = await bench.inspect();
    const stop = new AbortController();
    const reason = new Error('told to stop');
    const before = async () => {
      stop.abort(reason);
      await new Promise<never>(() => {});
    };
    bench.server.fail('UploadPart', { before }, 2);
    await expect(bench.send(file, { signal: stop.signal })).rejects.toBe(reason);
    await waitUntil('end of what sends on the node', async () => {
      return (await everyProcess()).includes(bench.takeDirectory) ? undefined : true;
    });
    expect(bench.server.bucket.uploads.values().next().value?.parts.size).toBe(0);
  });

  test('of a file that is stored already sends nothing', async () => {
    const file = await bench.inspect();
    await bench.send(file);
    const before = bench.sent().length;
    expect(await bench.send(file)).toMatchObject({ storedSha256: whole });
    expect(bench.sent()).toHaveLength(before);
  });

  test.each([
    ['is busy', { refuse: 503, code: 'SlowDown' }, 3],
    ['breaks the connection in mid-part', { breakAfterBytes: 100_000 }, 3],
    ['takes a part and its answer is lost', { loseAnswer: true }, 2],
    ['says that the request has expired', { refuse: 403, code: 'AccessDenied' }, 2],
    ['says that the credentials have expired', { refuse: 400, code: 'ExpiredToken' }, 1],
    ['gets other bytes once', { damage: true }, 1],
  ] as const)('goes on by itself when the store %s', async (_, fault, times) => {
    const file = await bench.inspect();
    const store = signing(bench.open());
    bench.server.fail('UploadPart', fault, times);
    await bench.send(file, { store });
    expect(bench.relayed).toBeUndefined();
    expect(bench.stored()).toBe(whole);
    expect(bench.senders()).toEqual(fromNode(3 + times));
    // A request is never used twice.
    expect(store.signed).toHaveLength(3 + times);
  });

  test.each([
    ['before it is open', [{ cutAt: 0 }, { cutAt: 0 }]],
    ['while a part is on its way', [{ cutAt: 128 }, { cutAt: 200 }]],
    ['between two parts', [{ cutAt: 256 }]],
  ])('goes on by itself when the connection to the node is cut %s', async (_, faults) => {
    const file = await bench.inspect();
    await bench.send(file, { shell: withFaults(bench.shell, faults) });
    expect(bench.relayed).toBeUndefined();
    expect(bench.stored()).toBe(whole);
  });

  test.each([
    ['the first that it says', 3],
    ['an answer', 130],
  ])('asks the node again when %s arrives damaged', async (_, garbleAt) => {
    const file = await bench.inspect();
    await bench.send(file, { shell: withFaults(bench.shell, [{ garbleAt }]) });
    expect(bench.relayed).toBeUndefined();
    expect(bench.stored()).toBe(whole);
  });

  test('ends retryably when the node cannot be reached six times', async () => {
    const file = await bench.inspect();
    const faults = Array.from({ length: 12 }, () => ({ cutAt: 0 }));
    const lost = bench.send(file, { shell: withFaults(bench.shell, faults) });
    await expect(lost).rejects.toMatchObject({ type: 'NodeUnreachable', nonRetryable: false });
  });

  test('counts no part that the store only says it has', async () => {
    const file = await bench.inspect();
    bench.server.fail('UploadPart', { pretend: true });
    await bench.send(file);
    expect(bench.stored()).toBe(whole);
    expect(bench.senders().toSorted()).toEqual([...fromNode(3), 'worker']);
  });
});

describe('wrong bytes', () => {
  test('are refused for good when the file changed before it was sent', async () => {
    const file = await bench.inspect();
    await writeFile(bench.path, contentOf('other', content.length));
    await expect(bench.send(file)).rejects.toMatchObject({
      type: 'FileChanged',
      nonRetryable: true,
    });
    expect(bench.sent()).toEqual([]);
  });

  test('are refused for good when the file changes in the middle', async () => {
    const file = await bench.inspect();
    let changed: Promise<void> | undefined;
    const before = async () => {
      await (changed ??= writeFile(bench.path, contentOf('other', content.length)));
    };
    bench.server.fail('UploadPart', { before }, 3);
    await expect(bench.send(file)).rejects.toMatchObject({ type: 'FileChanged' });
    expect(bench.stored()).toBeUndefined();
  });

  test('are not stored when nothing but the bytes tells that the file changed', async () => {
    const file = await bench.inspect();
    const run = promisify(execFile);
    await run('cp', ['-p', bench.path, `${bench.path}.old`]);
    const other = Buffer.from(content);
    other[partSizeBytes + 5]! ^= 1;
    await writeFile(bench.path, other);
    await run('touch', ['-r', `${bench.path}.old`, bench.path]);
    await expect(bench.send(file)).rejects.toMatchObject({
      type: 'ChecksumMismatch',
      nonRetryable: false,
    });
    expect(bench.stored()).toBeUndefined();
    const [upload] = bench.server.bucket.uploads.values();
    expect([...upload!.parts.keys()]).not.toContain(2);
  });
});
