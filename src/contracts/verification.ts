/**
 * What is proven about a backup:
 *
 * - `transport`: the store holds the bytes that the node had
 * - `origin`: the snapshot ends with the SHA-256 that etcd appended while it streamed
 * - `shape`: the snapshot is a whole bbolt database, the tarball opens and holds what a restore needs
 * - `tool`: the vendor's script ran etcd's own status check, and its answer fits the file
 */
export type VerificationLevel = 'transport' | 'origin' | 'shape' | 'tool';

export interface Verification {
  readonly level: VerificationLevel;
  readonly outcome: 'passed' | 'failed';
  /** One line: what was compared with what. */
  readonly evidence: string;
}
