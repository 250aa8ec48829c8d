import type { StoredFile } from './files.ts';
import type { Verification } from './verification.ts';

/** Something of ours that could not be removed, where it is, and what to do about it. */
export interface Leftover {
  readonly what: string;
  readonly where: string;
  readonly nextStep: string;
}

/** Where a manifest is, and which one it is. */
export interface ManifestReference {
  readonly store: string;
  readonly key: string;
  /** Lower-case hexadecimal, of the manifest's bytes. */
  readonly sha256: string;
}

/** What a completed run returns: references and digests, never content. Under 4 KiB whatever the cluster's size. */
export interface BackupResult {
  readonly id: string;
  /** `completedWithLeftovers`: the backup stands, something in `leftovers` waits for a person. */
  readonly outcome: 'completed' | 'completedWithLeftovers';
  readonly cluster: string;
  readonly nodeName: string;
  readonly openshiftVersion: string;
  /** The manifest in the snapshot store; the static kube resources' store holds the same bytes. */
  readonly manifest: ManifestReference;
  readonly files: readonly StoredFile[];
  readonly verification: readonly Verification[];
  readonly warnings: readonly string[];
  readonly leftovers: readonly Leftover[];
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
}
