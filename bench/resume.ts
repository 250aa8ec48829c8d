import { setTimeout as delay } from 'node:timers/promises';

import type { Bench, Findings } from './bench.ts';
import { fillEtcd } from './fill-etcd.ts';
import { startPartCounter } from './part-counter.ts';
import type { PartCounter } from './part-counter.ts';
import { seededRandom } from './random.ts';
import type { Random } from './random.ts';
import { runBackup } from './run-backup.ts';
import { openBenchScene } from './scene.ts';
import type { BenchScene } from './scene.ts';
import { rounded } from './statistics.ts';

const databaseBytes = 2 ** 30;
const runs = 4;
const seed = 20_260_101;

/** Temporal waits twice as long after each failed attempt of a step, so that a run bears only a few. */
const killsPerRun = 3;

/** One lane, as the figure asks; a dead worker is missed soon, so that a kill costs no more time than it must. */
const cluster = { transfer: { lanes: 1 }, heartbeatTimeout: '2s' };

/** How many parts are sent again after the worker was killed in the middle of an upload. */
export async function benchResume(bench: Bench): Promise<Findings> {
  const { say } = bench;
  let counter: PartCounter | undefined;
  await using scene = await openBenchScene(bench, {
    sides: { oneLane: { cluster } },
    before: async (endpoint, parts) => {
      counter = parts.use(await startPartCounter(endpoint));
      return counter.endpoint;
    },
  });
  if (counter === undefined) throw new Error('nothing counts the parts');
  say('filling etcd with 1 GiB of objects');
  await fillEtcd(scene.lab, databaseBytes, seededRandom(1), scene.signal);

  say('an undisturbed backup');
  const worker = await scene.startWorker();
  const { stepSeconds } = await runBackup(scene, 'oneLane');
  await worker.kill();
  await scene.emptyStore();
  const partCount = counter.begun.length;
  const partMs = ((stepSeconds.uploadSnapshot ?? 0) * 1000) / partCount;
  say(`  ${partCount} parts, each in ${partMs.toFixed(0)} ms`);

  const random = seededRandom(seed);
  const resent: number[] = [];
  for (let run = 1; run <= runs; run++) {
    say(`backup ${run} of ${runs}, its workers killed`);
    resent.push(...(await killThrough(scene, counter, { partCount, partMs, random }, say)));
  }
  const sum = resent.reduce((total, parts) => total + parts, 0);
  return {
    figures: {
      resentPartsPerKill: rounded(sum / resent.length, 2),
      mostResentPartsPerKill: Math.max(...resent),
      kills: resent.length,
      parts: partCount,
    },
    ratios: {},
  };
}

interface Kills {
  readonly partCount: number;
  /** How long one part takes, so that kills come at any point of it. */
  readonly partMs: number;
  readonly random: Random;
}

/** Runs a backup whose worker is killed now and then; tells for each kill how many parts were sent again. */
async function killThrough(
  scene: BenchScene,
  counter: PartCounter,
  { partCount, partMs, random }: Kills,
  say: Bench['say'],
): Promise<readonly number[]> {
  const { signal } = scene;
  const begunBefore = counter.begun.length;
  const storedBefore = counter.stored;
  const killedAt: number[] = [];
  let worker = await scene.startWorker();
  const backup = runBackup(scene, 'oneLane');
  const endedEarly = backup.then(() => {
    throw new Error('the backup ended before its worker was killed');
  });
  endedEarly.catch(() => {});
  for (let kill = 0; kill < killsPerRun; kill++) {
    // The last one still leaves parts to send.
    const goal = counter.stored + 1 + random.below(Math.floor(partCount / (killsPerRun + 1)));
    await Promise.race([storedBy(counter, goal, signal), endedEarly]);
    await delay((random.below(1000) / 1000) * partMs, undefined, { signal });
    killedAt.push(counter.begun.length - begunBefore);
    await worker.kill();
    say(`  killed after ${counter.stored - storedBefore} parts`);
    worker = await scene.startWorker();
  }
  await backup;
  await worker.kill();
  await scene.emptyStore();
  const begun = counter.begun.slice(begunBefore);
  return killedAt.map((at, kill) => {
    const earlier = new Set(begun.slice(0, at));
    return begun.slice(at, killedAt[kill + 1]).filter((part) => earlier.has(part)).length;
  });
}

async function storedBy(counter: PartCounter, goal: number, signal: AbortSignal): Promise<void> {
  while (counter.stored < goal) await delay(5, undefined, { signal });
}
