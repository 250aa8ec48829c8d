import { formatBytes } from '../../contracts/index.ts';
import { notEvaluated, passed, refused } from './node-guard.ts';
import type { NodeGuard } from './node-guard.ts';

/** The share of the file system that stays free: the kubelet evicts pods at 15 % of the one that holds images. */
const shareLeft = 0.15;

// However small the database, the tarball and the logs need some.
const leastPeak = 16 * 1024 * 1024;

/**
 * The free bytes below which a file system of `total` bytes must never fall.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#hard-eviction-thresholds
 */
export function leastFreeBytes(total: number): number {
  return Math.ceil(total * shareLeft);
}

/** The release's peak fits, and 15 % of the file system, which holds etcd too, stay free beside it. */
export const freeSpace: NodeGuard = ({ space: { free, total, database, peakDisk } }) => {
  if (!(total > 0 && free >= 0)) return notEvaluated('the node did not say how much is free');
  const peak = Math.max(leastPeak, peakDisk * database);
  const evidence = `${formatBytes(free)} of ${formatBytes(total)} are free; the backup takes ${formatBytes(peak)} (${peakDisk} times the database, at least ${formatBytes(leastPeak)}), ${formatBytes(leastFreeBytes(total))} (15 %) must be left`;
  if (free - peak < leastFreeBytes(total)) return refused(evidence);
  return database > 0 ? passed(evidence) : notEvaluated(`the database was not found; ${evidence}`);
};
