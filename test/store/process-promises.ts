import { describe, expect, test } from 'vitest';

import type { UploadSession } from '../../src/store/backup-store.ts';
import { contentOf, partsOf, sha256Of } from './content.ts';
import { startStoreProcess } from './start-store-process.ts';
import { key, signal } from './store-bench.ts';
import type { StoreBench } from './store-bench.ts';
import type { StoreCall } from './store-process.ts';

/** What is promised when processes die or work at once. */
export function processPromises(bench: StoreBench): void {
  const { content, geometry } = bench.sample;

  describe('whatever happens to a worker', () => {
    const partSizeBytes = Math.max(3_000_000, bench.leastPartSizeBytes);
    const large = { sizeBytes: 2 * partSizeBytes, partSizeBytes };
    const bytes = contentOf('large', large.sizeBytes);
    const cut = partsOf(bytes, large);
    const list = cut.map(({ part }) => part);
    const whole = sha256Of(bytes);
    const putMissing = async (session: UploadSession) => {
      const stored = new Set(
        (await bench.store.listParts(session, signal)).map(({ number }) => number),
      );
      for (const { part, bytes } of cut.filter(({ part }) => !stored.has(part.number))) {
        await bench.store.putPart(session, part, bytes, signal);
      }
    };

    /** Does calls in processes that are killed at moments spread over the time that an undisturbed one takes. */
    const killInTheMiddleOf = async (
      callOn: (folder: string) => Promise<StoreCall>,
      check: (folder: string) => Promise<void>,
    ) => {
      await using undisturbed = await startStoreProcess(bench.place);
      await undisturbed.begin(await callOn('undisturbed'));
      const start = performance.now();
      await undisturbed.end();
      const takesMs = performance.now() - start;
      for (let moment = 0; moment < 6; moment += 1) {
        const asked = await callOn(`killed-${moment}`);
        await using worker = await startStoreProcess(bench.place);
        await worker.begin(asked);
        const until = performance.now() + (takesMs * moment) / 6;
        while (performance.now() < until) await new Promise(setImmediate);
        await worker.kill();
        await check(`killed-${moment}`);
      }
    };
    const beginIn = (folder: string) =>
      bench.store.begin({ key: `${folder}/snapshot_1.db`, ...large }, signal);

    test('killed while it stores a part: the upload goes on, and only whole parts count', async () => {
      await killInTheMiddleOf(
        async (folder) => ({
          call: 'putPart',
          session: await beginIn(folder),
          seed: 'large',
          number: 1,
        }),
        async (folder) => {
          expect(await bench.store.stat(`${folder}/snapshot_1.db`, signal)).toBeUndefined();
          const session = await beginIn(folder);
          await putMissing(session);
          await bench.store.commit(session, list, signal);
          expect(await bench.digestOf(session.key)).toBe(whole);
        },
      );
    });

    test('killed while it commits: the object is there whole or not at all', async () => {
      const sessions = new Map<string, UploadSession>();
      await killInTheMiddleOf(
        async (folder) => {
          const session = await beginIn(folder);
          sessions.set(folder, session);
          await putMissing(session);
          return { call: 'commit', session, seed: 'large' };
        },
        async (folder) => {
          const session = sessions.get(folder)!;
          expect([undefined, whole]).toContain(await bench.digestOf(session.key));
          await bench.store.commit(session, list, signal);
          expect(await bench.digestOf(session.key)).toBe(whole);
        },
      );
      expect(await bench.unfinished()).toEqual([]);
    });

    test('killed while it creates: the object is there whole or not at all', async () => {
      const { sizeBytes } = large;
      await killInTheMiddleOf(
        (folder) => {
          const own = `${folder}/manifest.json`;
          return Promise.resolve({ call: 'create', key: own, seed: 'large', sizeBytes });
        },
        async (folder) => {
          const own = `${folder}/manifest.json`;
          expect([undefined, whole]).toContain(await bench.digestOf(own));
          await bench.store.create(own, bytes, signal);
          expect(await bench.digestOf(own)).toBe(whole);
        },
      );
    });

    test('two processes that commit at once both succeed, and there is one object', async () => {
      const session = await bench.begin();
      await bench.put(session, [1, 2, 3]);
      await using first = await startStoreProcess(bench.place);
      await using second = await startStoreProcess(bench.place);
      const call = { call: 'commit', session, seed: 'content' } as const;
      const ends = await Promise.all([first.ask(call), second.ask(call)]);
      expect(ends).toEqual([{ said: 'done' }, { said: 'done' }]);
      expect(await bench.store.list('', signal)).toEqual([{ key, sizeBytes: geometry.sizeBytes }]);
      expect(await bench.digestOf(key)).toBe(sha256Of(content));
    });
  });
}
