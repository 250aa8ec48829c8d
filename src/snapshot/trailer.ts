import type { Verification } from '../contracts/verification.ts';

/**
 * The SHA-256 that etcd appends to a snapshot while it streams, of everything before it.
 *
 * @see https://github.com/etcd-io/etcd/blob/v3.6.0/server/etcdserver/api/v3rpc/maintenance.go
 */
export const trailerBytes = 32;

/**
 * Whether a file of this size can end with the trailer: databases are whole pages, so the trailer is the remainder.
 *
 * @see https://github.com/etcd-io/etcd/blob/v3.6.0/etcdutl/snapshot/v3_snapshot.go
 */
export function hasTrailer(sizeBytes: number): boolean {
  return sizeBytes > trailerBytes && sizeBytes % 512 === trailerBytes;
}

/** Judges a snapshot by its trailer: level `origin`. Digests are lower-case hexadecimal. */
export function judgeTrailer(observed: {
  readonly sizeBytes: number;
  /** The digest of everything but the last 32 bytes. */
  readonly computed: string;
  /** The last 32 bytes. */
  readonly appended: string;
}): Verification {
  const { sizeBytes, computed, appended } = observed;
  if (!hasTrailer(sizeBytes)) {
    const evidence = `no SHA-256 of etcd at the end: ${sizeBytes} bytes, expected whole pages and ${trailerBytes} bytes`;
    return { level: 'origin', outcome: 'failed', evidence };
  }
  if (computed !== appended) {
    const evidence = `SHA-256 of the first ${sizeBytes - trailerBytes} bytes: ${computed}, etcd appended ${appended}`;
    return { level: 'origin', outcome: 'failed', evidence };
  }
  const evidence = `SHA-256 of the first ${sizeBytes - trailerBytes} bytes equals the one etcd appended: ${computed}`;
  return { level: 'origin', outcome: 'passed', evidence };
}
