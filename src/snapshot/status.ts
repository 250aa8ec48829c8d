import { z } from 'zod';

import type { SnapshotStatus } from '../contracts/run.ts';
import type { Verification } from '../contracts/verification.ts';
import { trailerBytes } from './trailer.ts';

const statusSchema = z.object({
  hash: z.int().nonnegative(),
  revision: z.int().nonnegative(),
  totalKey: z.int().nonnegative(),
  totalSize: z.int().nonnegative(),
  version: z.string().exactOptional(),
});

/**
 * Reads one line of JSON as `etcdutl snapshot status -w json` prints it, or `undefined` where the line is something else.
 * `version` is there from etcd 3.6 on, and empty for a database of 3.5.
 *
 * @see https://github.com/etcd-io/etcd/blob/v3.6.0/etcdutl/snapshot/v3_snapshot.go
 */
export function parseSnapshotStatus(line: string): SnapshotStatus | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = statusSchema.safeParse(json);
  return parsed.success ? parsed.data : undefined;
}

/**
 * Judges whether the status that etcd's tool printed is of this file: level `tool`. `totalSize` is the database's size,
 * without the trailer.
 */
export function judgeStatus(status: SnapshotStatus, sizeBytes: number): Verification {
  const { hash, revision, totalKey, totalSize, version } = status;
  const seen = `hash ${hash.toString(16)}, revision ${revision}, ${totalKey} keys, ${totalSize} bytes${version ? `, etcd ${version}` : ''}`;
  const problems = [
    ...(totalSize + trailerBytes === sizeBytes
      ? []
      : [`the file has ${sizeBytes} bytes, expected ${totalSize + trailerBytes}`]),
    ...(revision > 0 ? [] : ['expected a revision above 0']),
  ];
  return problems.length === 0
    ? { level: 'tool', outcome: 'passed', evidence: `etcd's own check passed: ${seen}` }
    : { level: 'tool', outcome: 'failed', evidence: `${problems.join('; ')}: ${seen}` };
}
