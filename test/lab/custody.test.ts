import { afterAll, beforeAll, expect, test } from 'vitest';

import { lastingProcesses } from '../parts/custody/amiss-on-node.ts';
import { carryOut } from '../parts/custody/carry-out.ts';
import { custodyLog } from '../parts/custody/custody-log.ts';
import { drawRun } from '../parts/custody/custody-run.ts';
import type { CustodyRun, Trouble } from '../parts/custody/custody-run.ts';
import { sayHowToRepeat } from '../parts/custody/say-how-to-repeat.ts';
import { openLabGround } from './lab-ground.ts';
import type { LabGround } from './lab-ground.ts';

// Seeds that the stand-in has not had. The store is this machine's, where the node cannot send to.
const runs = (trouble: Trouble, count: number): CustodyRun[] =>
  Array.from({ length: count }, (_, index) =>
    drawRun(trouble, 1001 + index, { nodeReachesStore: false }),
  );

let ground: LabGround;
const log = custodyLog();
beforeAll(async () => {
  ground = await openLabGround();
});
afterAll(async () => {
  await ground?.[Symbol.asyncDispose]();
});

test.each([
  ...runs('connections', 5),
  ...runs('deaths', 4),
  ...runs('stores', 2),
  ...runs('overlaps', 1),
])('through the real API server and kubelet: $seed', async (run) => {
  expect(await sayHowToRepeat(run, async () => await carryOut(ground, run, log))).toEqual([]);
});

test('none of them leaves a process when the debug pod has ended', async () => {
  await ground.endPod();
  expect(await lastingProcesses(ground.node, '/home/core/custody-')).toEqual([]);
});

test('all of them together had to get over all that may go wrong', () => {
  expect(
    log.rarerThan({
      'connection: ': 5,
      'worker: killed at its carriage': 1,
      'worker: killed at its progress': 1,
      'store: ': 2,
      'attempts: two': 1,
      'stored: sealed': 3,
      'stored: zstd': 4,
    }),
  ).toEqual([]);
});
