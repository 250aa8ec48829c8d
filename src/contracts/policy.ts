import type { FileKind } from './files.ts';

/**
 * The configuration of one cluster, resolved once by `checkCluster` and used by every later step, so that workers with
 * different files cannot disagree in the middle of a run. Names only, never a secret.
 */
export interface BackupPolicy {
  readonly access: 'debugPod';
  /** The namespace of the debug pod and of the Lease. */
  readonly namespace: string;
  /** The debug pod's image, by digest. @default the etcd image of the chosen node */
  readonly image?: string;
  /** Absolute, on the node; each take gets a directory of its own below it. */
  readonly backupDirectory: string;
  /** The store of each kind of file, by name. */
  readonly stores: Readonly<Record<Exclude<FileKind, 'combined'>, string>>;
  readonly keepOnNode: 'never' | 'onUploadFailure';
  readonly partSizeBytes: number;
  readonly deadlineMs: number;
  readonly heartbeatTimeoutMs: number;
  /** Running without progress for this long fails a step. */
  readonly noProgressMs: number;
}
