import type { Bench, Findings } from './bench.ts';
import { fillEtcd } from './fill-etcd.ts';
import { seededRandom } from './random.ts';
import { idleBytes, watchMemory } from './resident-memory.ts';
import { runBackup } from './run-backup.ts';
import { openBenchScene } from './scene.ts';
import type { BenchScene } from './scene.ts';
import { median, rounded } from './statistics.ts';

/** GiB of the database, and how many backups of it are watched. */
const sizes = [
  { gib: 0.1, backups: 2 },
  { gib: 1, backups: 2 },
  { gib: 4, backups: 1 },
] as const;

/** What a backup adds to the memory of its worker, by the size of the snapshot. */
export async function benchMemory(bench: Bench): Promise<Findings> {
  const { say } = bench;
  // A snapshot of 4 GiB stands on the node and in etcd already, both of them in memory.
  await using scene = await openBenchScene(bench, { sides: { relay: {} }, storeOn: 'disk' });
  const random = seededRandom(1);
  const idle: number[] = [];
  const peaks: Record<string, number> = {};
  for (const { gib, backups } of sizes) {
    say(`filling etcd up to ${gib} GiB`);
    await fillEtcd(scene.lab, gib * 2 ** 30, random, scene.signal);
    const overIdle: number[] = [];
    for (let backup = 0; backup < backups; backup++) {
      const memory = await watchBackup(scene);
      idle.push(memory.idle);
      overIdle.push(memory.peak - memory.idle);
      say(`  ${gib} GiB: ${megabytes(memory.idle)} MB idle, ${megabytes(memory.peak)} MB at most`);
    }
    peaks[`${gib}GiB`] = megabytes(Math.max(...overIdle));
  }
  const all = Object.values(peaks);
  return {
    figures: { peakOverIdleMB: peaks, idleMB: megabytes(median(idle)) },
    ratios: { largestToSmallest: rounded(Math.max(...all) / Math.min(...all), 2) },
  };
}

/** Of a worker of its own: one that has worked before keeps memory that it could give back. */
async function watchBackup(
  scene: BenchScene,
): Promise<{ readonly idle: number; readonly peak: number }> {
  const worker = await scene.startWorker();
  const idle = await idleBytes(worker.pid, scene.signal);
  using watch = watchMemory(worker.pid);
  await runBackup(scene, 'relay');
  const peak = watch.peakBytes();
  await worker.kill();
  await scene.emptyStore();
  return { idle, peak };
}

function megabytes(bytes: number): number {
  return rounded(bytes / 1e6, 0);
}
