import { describe, expect, test } from 'vitest';

import type { UploadSession } from '../../src/store/backup-store.ts';
import { sha256OfParts } from '../../src/store/parts-checksum.ts';
import { contentOf, partsOf, sha256Of } from './content.ts';
import { key, nameOf, signal } from './store-bench.ts';
import type { StoreBench } from './store-bench.ts';

/** What is promised about uploads, parts and commits. */
export function uploadPromises(bench: StoreBench): void {
  const { content, geometry, list, parts } = bench.sample;
  const unit = Math.max(1000, bench.leastPartSizeBytes);

  describe('an upload', () => {
    test.each([
      ['nothing', 0],
      ['less than a part', unit - 1],
      ['exactly a part', unit],
      ['whole parts', 3 * unit],
      ['parts and a rest', 3 * unit + 1],
    ])('of %s is read back as it was', async (_, sizeBytes) => {
      const small = { sizeBytes, partSizeBytes: unit };
      const bytes = contentOf('small', sizeBytes);
      const cut = partsOf(bytes, small);
      const session = await bench.store.begin({ key, ...small }, signal);
      for (const each of cut) await bench.store.putPart(session, each.part, each.bytes, signal);
      await bench.store.commit(
        session,
        cut.map(({ part }) => part),
        signal,
      );
      const told = await bench.store.stat(key, signal);
      expect(told).toMatchObject({ key, sizeBytes });
      // A store need not keep a checksum; one that it tells is that of the parts.
      expect([undefined, sha256OfParts(cut.map(({ part }) => part.sha256))]).toContain(
        told?.sha256OfParts,
      );
      expect((await bench.readAll(key)).equals(bytes)).toBe(true);
    });

    test('appears whole at its commit and not before', async () => {
      const session = await bench.begin();
      await bench.put(session, [1, 2, 3]);
      expect(await bench.store.stat(key, signal)).toBeUndefined();
      expect(await bench.store.list('', signal)).toEqual([]);
      await bench.store.commit(session, list, signal);
      expect(await bench.store.list('', signal)).toEqual([{ key, sizeBytes: geometry.sizeBytes }]);
      expect(await bench.digestOf(key)).toBe(sha256Of(content));
    });

    test('is found again by any worker that begins it, with its parts', async () => {
      const session = await bench.begin();
      await bench.put(session, [3, 1]);
      const other = bench.another();
      expect(await other.begin({ key, ...geometry }, signal)).toEqual(session);
      expect(await other.listParts(session, signal)).toEqual([list[0], list[2]]);
    });

    test('that two workers begin at once is one upload', async () => {
      const sessions = await Promise.all([
        bench.begin(),
        bench.another().begin({ key, ...geometry }, signal),
      ]);
      expect(sessions[0]).toEqual(sessions[1]);
      expect(await bench.unfinished()).toEqual([nameOf(sessions[0])]);
    });

    test('survives the trip through JSON', async () => {
      const session: UploadSession = JSON.parse(JSON.stringify(await bench.begin()));
      await bench.put(session, [1, 2, 3], bench.another());
      await bench.another().commit(session, list, signal);
      expect(await bench.digestOf(key)).toBe(sha256Of(content));
    });

    test('gives up an unfinished one that was cut otherwise', async () => {
      const session = await bench.begin();
      await bench.put(session, [1]);
      const otherwise = { key, ...geometry, partSizeBytes: 2 * geometry.partSizeBytes };
      const other = await bench.store.begin(otherwise, signal);
      expect(await bench.store.listParts(other, signal)).toEqual([]);
      expect(await bench.unfinished()).toEqual([nameOf(other)]);
    });

    test('is refused when its name is taken', async () => {
      await bench.upload();
      await expect(bench.begin()).rejects.toMatchObject({
        type: 'StoreRefused',
        nonRetryable: true,
      });
      expect(await bench.unfinished()).toEqual([]);
    });

    test('that is given up leaves nothing, and can be given up again', async () => {
      const session = await bench.begin();
      await bench.put(session, [1, 2]);
      await bench.store.abort(session, signal);
      await bench.store.abort(session, signal);
      expect(await bench.unfinished()).toEqual([]);
      expect(await bench.store.listParts(await bench.begin(), signal)).toEqual([]);
    });

    test('can be given up after its commit without harm to the object', async () => {
      const session = await bench.upload();
      await bench.store.abort(session, signal);
      expect(await bench.digestOf(key)).toBe(sha256Of(content));
    });

    test('is listed under its prefix until it is committed', async () => {
      const session = await bench.begin();
      const second = await bench.store.begin({ key: 'stage/x/y', ...geometry }, signal);
      expect(await bench.unfinished('prod/')).toEqual([nameOf(session)]);
      expect(await bench.unfinished()).toEqual([nameOf(session), nameOf(second)]);
      await bench.put(session, [1, 2, 3]);
      await bench.store.commit(session, list, signal);
      expect(await bench.unfinished()).toEqual([nameOf(second)]);
    });
  });

  describe('a part', () => {
    test('whose bytes are not the announced ones is not kept', async () => {
      const session = await bench.begin();
      const { part, bytes } = parts[0]!;
      const flipped = Buffer.from(bytes);
      flipped[500_000]! ^= 1;
      const mismatch = { type: 'ChecksumMismatch', nonRetryable: false };
      await expect(bench.store.putPart(session, part, flipped, signal)).rejects.toMatchObject(
        mismatch,
      );
      const short = bytes.subarray(1);
      await expect(bench.store.putPart(session, part, short, signal)).rejects.toMatchObject(
        mismatch,
      );
      expect(await bench.store.listParts(session, signal)).toEqual([]);
    });

    test('that does not fit into the upload is refused', async () => {
      const session = await bench.begin();
      const { part, bytes } = parts[0]!;
      for (const number of [0, 3, 4, 1.5]) {
        const misplaced = bench.store.putPart(session, { ...part, number }, bytes, signal);
        await expect(misplaced).rejects.toMatchObject({ type: 'StoreRefused' });
      }
      expect(await bench.store.listParts(session, signal)).toEqual([]);
    });

    test('takes the place of an earlier one of its number', async () => {
      const session = await bench.begin();
      const other = partsOf(contentOf('other', geometry.sizeBytes), geometry)[1]!;
      await bench.put(session, [1, 2, 3]);
      await bench.store.putPart(session, other.part, other.bytes, signal);
      expect(await bench.store.listParts(session, signal)).toEqual([list[0], other.part, list[2]]);
      await bench.put(session, [2]);
      await bench.store.commit(session, list, signal);
      expect(await bench.digestOf(key)).toBe(sha256Of(content));
    });

    test('whose replacing is stopped anywhere counts as what is there', async () => {
      const large = { sizeBytes: 10_000_000, partSizeBytes: 9_000_000 };
      const [first, rest] = partsOf(contentOf('first', large.sizeBytes), large);
      const [second] = partsOf(contentOf('second', large.sizeBytes), large);
      const storing = async (session: UploadSession, stop: AbortSignal) => {
        try {
          await bench.store.putPart(session, second!.part, second!.bytes, stop);
          return true;
        } catch {
          return false;
        }
      };
      let stored = false;
      for (let point = 1; !stored; point += 1) {
        const own = `stopped/${point}/snapshot_1.db`;
        const session = await bench.store.begin({ key: own, ...large }, signal);
        for (const { part, bytes } of [first!, rest!]) {
          await bench.store.putPart(session, part, bytes, signal);
        }
        stored = await storing(session, stoppedAt(point));
        const [counted] = await bench.store.listParts(session, signal);
        const there = counted?.sha256 === second!.part.sha256 ? second! : first!;
        if (counted?.number !== 1) {
          await bench.store.putPart(session, there.part, there.bytes, signal);
        }
        await bench.store.commit(session, [there.part, rest!.part], signal);
        const expected = Buffer.concat([there.bytes, rest!.bytes]);
        expect(await bench.digestOf(own)).toBe(sha256Of(expected));
      }
    });

    test('may be stored by overlapping workers', async () => {
      const session = await bench.begin();
      await Promise.all(
        [bench.store, bench.another(), bench.another()].map((worker) =>
          bench.put(session, [1, 2, 3], worker),
        ),
      );
      await bench.store.commit(session, list, signal);
      expect(await bench.digestOf(key)).toBe(sha256Of(content));
    });

    test('is stored by whoever has its request, where the store gives any, and no other bytes are', async () => {
      const session = await bench.begin();
      const { part, bytes } = parts[1]!;
      const flipped = Buffer.from(bytes);
      flipped[500_000]! ^= 1;
      const { presignPart } = await bench.store.capabilities(signal);
      const taken = await bench.sendAsAnybody(session, part, [flipped, bytes]);
      expect(taken).toEqual(presignPart ? [false, true] : undefined);
      expect(await bench.another().listParts(session, signal)).toEqual(presignPart ? [part] : []);
    });

    test('of an upload that was given up meanwhile does not count in the next one', async () => {
      const session = await bench.begin();
      await bench.store.abort(session, signal);
      await expect(bench.put(session, [1])).rejects.toMatchObject({ type: 'StoreUnavailable' });
      expect(await bench.store.listParts(await bench.begin(), signal)).toEqual([]);
    });
  });

  describe('a commit', () => {
    test('with a part missing makes no object', async () => {
      const session = await bench.begin();
      await bench.put(session, [1, 3]);
      const missing = bench.store.commit(session, list, signal);
      await expect(missing).rejects.toMatchObject({ type: 'ChecksumMismatch' });
      expect(await bench.store.stat(key, signal)).toBeUndefined();
      await bench.put(session, [2]);
      await bench.store.commit(session, list, signal);
      expect(await bench.digestOf(key)).toBe(sha256Of(content));
    });

    test('with another part than the listed one makes no object', async () => {
      const session = await bench.begin();
      await bench.put(session, [1, 2, 3]);
      const wrong = [list[0]!, { ...list[1]!, sha256: list[0]!.sha256 }, list[2]!];
      const mismatch = bench.store.commit(session, wrong, signal);
      await expect(mismatch).rejects.toMatchObject({ type: 'ChecksumMismatch' });
      expect(await bench.store.stat(key, signal)).toBeUndefined();
    });

    test('with a list that does not make the object is refused', async () => {
      const session = await bench.begin();
      await bench.put(session, [1, 2, 3]);
      const short = bench.store.commit(session, list.slice(0, 2), signal);
      await expect(short).rejects.toMatchObject({ type: 'StoreRefused' });
      expect(await bench.store.stat(key, signal)).toBeUndefined();
    });

    test('succeeds again after it succeeded, from any worker', async () => {
      const session = await bench.upload();
      await bench.store.commit(session, list, signal);
      await bench.another().commit(session, list, signal);
      expect(await bench.digestOf(key)).toBe(sha256Of(content));
    });

    test('never takes the place of another object', async () => {
      const session = await bench.begin();
      await bench.put(session, [1, 2, 3]);
      await bench.store.create(key, Buffer.from('mine'), signal);
      const refused = { type: 'StoreRefused', nonRetryable: true };
      await expect(bench.store.commit(session, list, signal)).rejects.toMatchObject(refused);
      expect((await bench.readAll(key)).toString()).toBe('mine');
    });

    test('by overlapping workers makes one object', async () => {
      const session = await bench.begin();
      await bench.put(session, [1, 2, 3]);
      await Promise.all(
        [bench.store, bench.another(), bench.another()].map((worker) =>
          worker.commit(session, list, signal),
        ),
      );
      expect(await bench.store.list('', signal)).toEqual([{ key, sizeBytes: geometry.sizeBytes }]);
      expect(await bench.unfinished()).toEqual([]);
      expect(await bench.digestOf(key)).toBe(sha256Of(content));
    });
  });
}

/** A signal that is found aborted when it is looked at for the nth time, and stays so. */
function stoppedAt(nth: number): AbortSignal {
  const controller = new AbortController();
  let looks = 0;
  return Object.assign(controller.signal, {
    throwIfAborted: () => {
      looks += 1;
      if (looks === nth) controller.abort(new Error('told to stop'));
      if (controller.signal.aborted) throw controller.signal.reason;
    },
  });
}
