import { setImmediate } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { failure } from '../../src/contracts/failures.ts';
import { createRangeLanes } from '../../src/transfer/range-lanes.ts';
import type { RangeLanes, RangeLanesOptions } from '../../src/transfer/range-lanes.ts';
import type { RangeSession } from '../../src/transfer/range-session.ts';
import { waitUntil } from '../../src/testing/index.ts';
import { failureOf } from '../node/shell-bench.ts';
import { contentOf } from '../store/content.ts';

const content = contentOf('lanes', 1000);
const { signal } = new AbortController();
const lost = () => failure('NodeUnreachable', { observed: 'lost' });

/** A session whose reads do what `read` does, in order, and then give the content. */
function sessionOf(read: (offset: number, plain: boolean) => Promise<void>): RangeSession {
  let before = Promise.resolve();
  const answer = (offset: number, buffer: Uint8Array, plain: boolean) => {
    const earlier = before;
    before = (async () => {
      await earlier;
      await read(offset, plain);
      buffer.set(content.subarray(offset, offset + buffer.length));
    })();
    return before;
  };
  return {
    sizeBytes: content.length,
    isCompressed: true,
    read: (offset, buffer) => answer(offset, buffer, false),
    readPlain: (offset, buffer) => answer(offset, buffer, true),
    close: () => Promise.resolve(),
  };
}

const lanesOf = (options: Pick<RangeLanesOptions, 'open'> & Partial<RangeLanesOptions>) =>
  createRangeLanes({ lanes: 3, rangeBytes: 100, retryDelayMs: 1, signal, ...options });
const readWhole = async (lanes: RangeLanes): Promise<boolean> => {
  const buffer = Buffer.alloc(content.length);
  await lanes.read(0, buffer);
  return buffer.equals(content);
};

/** Sessions that note what each of them was asked for. */
function noting() {
  const asked: number[][] = [];
  const open = async () => {
    const mine: number[] = [];
    asked.push(mine);
    return sessionOf(async (offset) => {
      await setImmediate();
      mine.push(offset);
    });
  };
  return { asked, open };
}

describe('lanes', () => {
  test('share one read', async () => {
    const { asked, open } = noting();
    await using lanes = lanesOf({ open });
    expect(await readWhole(lanes)).toBe(true);
    expect(asked).toHaveLength(3);
    expect(asked.every((offsets) => offsets.length > 0)).toBe(true);
    expect(asked.flat().sort((a, b) => a - b)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => n * 100),
    );
  });

  test('share a short read too, again and again', async () => {
    const { asked, open } = noting();
    await using lanes = lanesOf({ open });
    for (const offset of [0, 300, 600]) await lanes.read(offset, Buffer.alloc(300));
    expect(asked.map((offsets) => offsets.length)).toEqual([3, 3, 3]);
  });

  test('open no more sessions than there are ranges', async () => {
    let opened = 0;
    const open = async () => {
      opened += 1;
      return sessionOf(() => Promise.resolve());
    };
    await using lanes = lanesOf({ open });
    await lanes.read(0, Buffer.alloc(100));
    expect(opened).toBe(1);
  });

  test('ask for one range ahead in each session, never for more', async () => {
    let [waiting, most] = [0, 0];
    const open = async () => {
      const session = sessionOf(() => setImmediate());
      const read: RangeSession['read'] = async (offset, buffer) => {
        most = Math.max(most, (waiting += 1));
        await session.read(offset, buffer);
        waiting -= 1;
      };
      return { ...session, read };
    };
    await using lanes = lanesOf({ open, lanes: 1 });
    await Promise.all([readWhole(lanes), readWhole(lanes)]);
    expect(most).toBe(2);
  });

  test('keep what arrived when a session breaks, and read on through another', async () => {
    const asked: number[] = [];
    let opened = 0;
    const open = async () => {
      const breaksAt = (opened += 1) * 200;
      return sessionOf(async (offset) => {
        asked.push(offset);
        if (offset === breaksAt) throw lost();
      });
    };
    await using lanes = lanesOf({ open, lanes: 1 });
    expect(await readWhole(lanes)).toBe(true);
    const [first, ...rest] = [0, 100, 200, 200, 300, 400, 400, 500, 600, 600, 700, 800, 800, 900];
    expect(asked).toEqual([first, ...rest]);
  });

  test('give up when no range arrives in six tries', async () => {
    let opened = 0;
    const open = async () => {
      opened += 1;
      return sessionOf(() => Promise.reject(lost()));
    };
    await using lanes = lanesOf({ open, lanes: 1 });
    await expect(readWhole(lanes)).rejects.toMatchObject({ type: 'NodeUnreachable' });
    expect(opened).toBe(6);
  });

  test('ask once for plain bytes instead of what was no answer', async () => {
    const asked: [number, boolean][] = [];
    const broken = failure('ChecksumMismatch', { observed: 'garbage' });
    const open = async () =>
      sessionOf(async (offset, plain) => {
        asked.push([offset, plain]);
        if (offset === 100 && !plain) throw broken;
      });
    await using lanes = lanesOf({ open, lanes: 1 });
    expect(await readWhole(lanes)).toBe(true);
    expect(asked.slice(0, 4)).toEqual([
      [0, false],
      [100, false],
      [100, true],
      [200, true],
    ]);
    const again = lanesOf({ open: async () => sessionOf(() => Promise.reject(broken)), lanes: 1 });
    await expect(readWhole(again)).rejects.toBe(broken);
    await again[Symbol.asyncDispose]();
  });

  test('fail every read when one cannot go on, after nothing touches its buffer any more', async () => {
    const changed = failure('FileChanged', { observed: 'changed' });
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    let opened = 0;
    const open = async () => {
      opened += 1;
      return opened === 1 ? sessionOf(() => held) : sessionOf(() => Promise.reject(changed));
    };
    await using lanes = lanesOf({ open, lanes: 2 });
    let isOver = false;
    const failed = failureOf(readWhole(lanes).finally(() => (isOver = true)));
    await waitUntil('the other session', () => opened === 2 || undefined);
    await setImmediate();
    expect(isOver).toBe(false);
    letGo();
    expect(await failed).toBe(changed);
  });

  test('end a read that waits when they are closed', async () => {
    const { promise: closed, reject } = Promise.withResolvers<void>();
    const open = async () => ({
      ...sessionOf(() => closed),
      close: async () => reject(lost()),
    });
    const lanes = lanesOf({ open, lanes: 1 });
    const failed = failureOf(readWhole(lanes));
    await setImmediate();
    await lanes[Symbol.asyncDispose]();
    expect(await failed).toMatchObject({ type: 'NodeUnreachable' });
  });

  test('wait for their pace, all of them together', async () => {
    const asked: number[] = [];
    const open = async () =>
      sessionOf(async (offset) => {
        asked.push(offset);
      });
    const stop = new AbortController();
    const paced = { open, signal: stop.signal, maxBytesPerSecond: 1e-3 };
    await using lanes = lanesOf(paced);
    const failed = failureOf(readWhole(lanes));
    await waitUntil('the first range', () => asked.length > 0 || undefined);
    for (let turn = 0; turn < 100; turn += 1) await setImmediate();
    expect(asked).toEqual([0]);
    const reason = new Error('told to stop');
    stop.abort(reason);
    expect(await failed).toBe(reason);
  });
});
