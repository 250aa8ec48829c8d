import { formatBytes } from '../contracts/index.ts';
import type { FoundLock } from '../script/find-node-lock.ts';
import type { FoundTake } from '../script/find-take-directories.ts';
import type { UnfinishedUpload } from '../store/backup-store.ts';

/** A debug pod. */
export interface PodFinding {
  readonly kind: 'pod';
  /** The run's name, by its label; empty where it has none. */
  readonly run: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly nodeName: string;
}

/** The directory of a take on a node. */
export interface DirectoryFinding extends FoundTake {
  readonly kind: 'directory';
  readonly nodeName: string;
}

/** The Lease of the cluster. */
export interface LeaseFinding {
  readonly kind: 'lease';
  /** The holder. */
  readonly run: string;
  readonly namespace: string;
  readonly endsAt: Date;
  readonly isExpired: boolean;
}

/** The lock on a node, which replaces the Lease where the API does not answer. */
export interface LockFinding extends FoundLock {
  readonly kind: 'lock';
  readonly nodeName: string;
}

/** An unfinished upload in a store. */
export interface UploadFinding {
  readonly kind: 'upload';
  readonly run: string;
  readonly store: string;
  readonly upload: UnfinishedUpload;
}

/** Something of ours that was found. */
export type Finding = PodFinding | DirectoryFinding | LeaseFinding | LockFinding | UploadFinding;

/** What it is, in the words of an operator. */
export function whatOf(finding: Finding): string {
  if (finding.kind === 'pod') return 'privileged debug pod';
  if (finding.kind === 'lease') return finding.isExpired ? 'expired lease' : 'lease';
  if (finding.kind === 'lock') {
    return finding.isExpired ? 'expired lock on the node' : 'lock on the node';
  }
  if (finding.kind === 'directory') {
    return `directory on the node, ${formatBytes(finding.sizeBytes)}`;
  }
  const { sizeBytes } = finding.upload;
  return sizeBytes === undefined
    ? 'unfinished upload'
    : `unfinished upload of ${formatBytes(sizeBytes)}`;
}

/** Where it is. */
export function whereOf(finding: Finding): string {
  if (finding.kind === 'pod') return `${finding.namespace}/${finding.name} on ${finding.nodeName}`;
  if (finding.kind === 'lease') return `${finding.namespace}/etcd-backup`;
  if (finding.kind === 'lock') return `${finding.nodeName}:${finding.path}`;
  if (finding.kind === 'directory') return `${finding.nodeName}:${finding.directory}`;
  return `${finding.store}: ${finding.upload.key}`;
}
