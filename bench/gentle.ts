import { setTimeout as delay } from 'node:timers/promises';

import type { Bench, Findings } from './bench.ts';
import { fillEtcd } from './fill-etcd.ts';
import { callPerson } from './person.ts';
import { startPutLatency } from './put-latency.ts';
import { seededRandom } from './random.ts';
import { runBackup } from './run-backup.ts';
import { openBenchScene } from './scene.ts';
import { median, ratio, rounded } from './statistics.ts';

const databaseBytes = 2 ** 30;
const rounds = 5;
const idleMs = 8_000;

/** What a transfer does to the writes of the live etcd, beside nothing at all and `kubectl cp`. */
export async function benchGentle(bench: Bench): Promise<Findings> {
  const { say } = bench;
  await using scene = await openBenchScene(bench, { sides: { relay: {} } });
  say('filling etcd with 1 GiB of objects');
  await fillEtcd(scene.lab, databaseBytes, seededRandom(1), scene.signal);
  const person = await callPerson(scene, say);
  await scene.startWorker();
  await using latency = startPutLatency(scene.lab);

  const sides: Readonly<Record<string, () => Promise<readonly [from: number, to: number]>>> = {
    idle: async () => {
      const from = Date.now();
      await delay(idleMs, undefined, { signal: scene.signal });
      return [from, Date.now()];
    },
    kubectlCp: async () => {
      const from = Date.now();
      await person.copy();
      const to = Date.now();
      await person.tidy();
      return [from, to];
    },
    transfer: async () => {
      const { scriptEndedAt, committedAt } = await runBackup(scene, 'relay');
      await scene.emptyStore();
      return [scriptEndedAt, committedAt];
    },
  };
  const p99Ms: Record<string, number[]> = {};
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? 'once to warm up' : `round ${round} of ${rounds}`);
    for (const [name, act] of Object.entries(sides)) {
      const [from, to] = await act();
      const p99 = latency.p99Ms(from, to);
      say(
        `  ${name}: p99 of a write ${p99.toFixed(1)} ms, over ${((to - from) / 1000).toFixed(1)} s`,
      );
      if (round > 0) (p99Ms[name] ??= []).push(p99);
    }
  }
  const { idle = [], kubectlCp = [], transfer = [] } = p99Ms;
  return {
    figures: {
      idleP99Ms: rounded(median(idle), 1),
      kubectlCpP99Ms: rounded(median(kubectlCp), 1),
      transferP99Ms: rounded(median(transfer), 1),
    },
    ratios: { toIdle: ratio(transfer, idle), toKubectlCp: ratio(transfer, kubectlCp) },
  };
}
