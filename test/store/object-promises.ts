import { describe, expect, test } from 'vitest';

import { contentOf } from './content.ts';
import { key, nameOf, signal } from './store-bench.ts';
import type { StoreBench } from './store-bench.ts';

/** What is promised about keys, small objects, reading and signals. */
export function objectPromises(bench: StoreBench): void {
  const { content, geometry, list, parts } = bench.sample;
  const { sizeBytes, partSizeBytes } = geometry;

  test('says what it gives, and leaves nothing behind by that', async () => {
    expect(await bench.store.capabilities(signal)).toMatchObject({
      createOnly: expect.any(Boolean),
      checksumsEnforced: expect.any(Boolean),
      presignPart: expect.any(Boolean),
      listUploads: expect.any(Boolean),
    });
    expect(await bench.store.list('', signal)).toEqual([]);
    expect(await bench.unfinished()).toEqual([]);
  });

  test.each([
    '',
    '/a',
    'a/',
    'a//b',
    '..',
    '../a',
    'a/../b',
    './a',
    '.hidden/a',
    'a/.uploads',
    'a b',
    'a\nb',
    'ä',
    String.raw`a\b`,
    'a'.repeat(256),
  ])('refuses the key %j before it touches the store', async (bad) => {
    const refused = { type: 'StoreRefused', nonRetryable: true };
    const bytes = Buffer.from('x');
    const session = { key: bad, sizeBytes: 1, partSizeBytes: 1 };
    await expect(bench.store.begin(session, signal)).rejects.toMatchObject(refused);
    await expect(bench.store.create(bad, bytes, signal)).rejects.toMatchObject(refused);
    await expect(bench.store.stat(bad, signal)).rejects.toMatchObject(refused);
    await expect(bench.store.read(bad, 0, bytes, signal)).rejects.toMatchObject(refused);
    const foreign = { ...session, uploadId: 'x' };
    await expect(bench.store.listParts(foreign, signal)).rejects.toMatchObject(refused);
    await expect(bench.store.commit(foreign, [], signal)).rejects.toMatchObject(refused);
    await expect(bench.store.abort(foreign, signal)).rejects.toMatchObject(refused);
  });

  describe('a small object', () => {
    test('is created once: the same bytes succeed again, others are refused', async () => {
      await bench.store.create('prod/a/manifest.json', Buffer.from('one'), signal);
      await bench.another().create('prod/a/manifest.json', Buffer.from('one'), signal);
      for (const other of ['two', 'onetwo', '']) {
        const refused = bench.store.create('prod/a/manifest.json', Buffer.from(other), signal);
        await expect(refused).rejects.toMatchObject({ type: 'StoreRefused', nonRetryable: true });
      }
      expect((await bench.readAll('prod/a/manifest.json')).toString()).toBe('one');
    });

    test('that overlapping workers create is one of theirs, whole', async () => {
      const offers = ['first', 'second', 'first', 'second'].map((each) => contentOf(each, 9000));
      const outcomes = await Promise.allSettled(
        offers.map((bytes) => bench.another().create('prod/a/manifest.json', bytes, signal)),
      );
      const stored = await bench.readAll('prod/a/manifest.json');
      const succeeded = outcomes.map(({ status }) => status === 'fulfilled');
      expect(succeeded).toEqual(offers.map((bytes) => bytes.equals(stored)));
      expect(succeeded).toContain(true);
    });
  });

  describe('reading', () => {
    test('gives exactly the asked bytes', async () => {
      await bench.upload();
      for (const [offset, length] of [
        [0, 1],
        [partSizeBytes - 1, 2],
        [sizeBytes - 1, 1],
        [sizeBytes, 0],
        [1, 2 * partSizeBytes],
      ] as const) {
        const buffer = Buffer.alloc(length);
        await bench.store.read(key, offset, buffer, signal);
        expect(buffer.equals(content.subarray(offset, offset + length))).toBe(true);
      }
    });

    test('past the end, or of what is not there, fails', async () => {
      await bench.upload();
      const late = bench.store.read(key, sizeBytes - 1, Buffer.alloc(2), signal);
      await expect(late).rejects.toMatchObject({ type: 'StoreRefused' });
      const absent = bench.store.read('prod/absent', 0, Buffer.alloc(1), signal);
      await expect(absent).rejects.toMatchObject({ type: 'StoreRefused' });
    });

    test('shows nothing where there is nothing', async () => {
      await bench.upload();
      expect(await bench.store.stat('prod/absent', signal)).toBeUndefined();
      expect(await bench.store.stat('prod', signal)).toBeUndefined();
      expect(await bench.store.stat(`${key}/below`, signal)).toBeUndefined();
      expect(await bench.store.list('absent', signal)).toEqual([]);
    });

    test('lists objects by prefix, in order of key', async () => {
      for (const each of ['prod/b/2', 'prod/a/1', 'prod-eu/a/1', 'prod/a/10']) {
        await bench.store.create(each, Buffer.from(each), signal);
      }
      const keysOf = async (prefix: string) =>
        (await bench.store.list(prefix, signal)).map((object) => object.key);
      expect(await keysOf('')).toEqual(['prod-eu/a/1', 'prod/a/1', 'prod/a/10', 'prod/b/2']);
      expect(await keysOf('prod/')).toEqual(['prod/a/1', 'prod/a/10', 'prod/b/2']);
      expect(await keysOf('prod/a/1')).toEqual(['prod/a/1', 'prod/a/10']);
      expect(await keysOf('pr')).toHaveLength(4);
    });
  });

  test('an aborted signal rejects every call with its reason, and nothing happens', async () => {
    const session = await bench.begin();
    const reason = new Error('told to stop');
    const stopped = AbortSignal.abort(reason);
    const { part, bytes } = parts[0]!;
    await bench.put(session, [1, 2, 3]);
    const calls = [
      () => bench.store.capabilities(stopped),
      () => bench.store.begin({ key: 'prod/other', ...geometry }, stopped),
      () => bench.store.putPart(session, part, bytes, stopped),
      () => bench.store.listParts(session, stopped),
      () => bench.store.commit(session, list, stopped),
      () => bench.store.abort(session, stopped),
      () => bench.store.listUploads('', stopped),
      () => bench.store.create('prod/other', bytes, stopped),
      () => bench.store.stat(key, stopped),
      () => bench.store.read(key, 0, Buffer.alloc(1), stopped),
      () => bench.store.list('', stopped),
    ];
    for (const call of calls) await expect(call()).rejects.toBe(reason);
    expect(await bench.store.list('', signal)).toEqual([]);
    expect(await bench.unfinished()).toEqual([nameOf(session)]);
    expect(await bench.store.listParts(session, signal)).toEqual(list);
  });
}
