import type { ClusterFacts, EncryptionFacts, GuardFinding, NodeSummary } from './cluster-facts.ts';
import type { StoredFile } from './files.ts';
import type { Override } from './request.ts';
import type { SnapshotStatus } from './run.ts';
import type { Verification } from './verification.ts';

/** The version of the stored layout, see `docs/backup-format.md`. */
export const manifestFormat = 'temporal-etcd-backup/1';

/**
 * The record that makes files a backup: written last, create-only, the same bytes in both stores. It holds what a
 * restore will ask and nobody can read later. A field that could not be known is absent, never guessed.
 */
export interface Manifest {
  readonly format: typeof manifestFormat;
  readonly id: string;
  readonly cluster: ClusterFacts['cluster'];
  readonly openshiftVersion: string;
  readonly releaseImage?: string;
  readonly etcdImage: string;
  readonly etcd: SnapshotStatus;
  readonly nodes: readonly NodeSummary[];
  readonly node: { readonly name: string; readonly reason: string };
  readonly script: {
    readonly path: string;
    readonly release: string;
    readonly sha256: string;
    readonly possiblyDirty: boolean;
    readonly startedAt: string;
    readonly finishedAt: string;
  };
  readonly revisions: Readonly<Record<string, number>>;
  readonly proxyEnabled: boolean;
  readonly encryption: EncryptionFacts;
  readonly guards: readonly GuardFinding[];
  readonly overrides: readonly Override[];
  readonly files: readonly StoredFile[];
  readonly verification: readonly Verification[];
  readonly restore: {
    /** The vendor's script that accepts these files. */
    readonly script: string;
    /** Red Hat asks for the very same z-stream. */
    readonly sameVersion: string;
  };
  readonly labels?: Readonly<Record<string, string>>;
  readonly run: {
    readonly namespace: string;
    readonly workflowId: string;
    readonly runId: string;
    readonly name: string;
    readonly takes: readonly { readonly number: number; readonly nodeName: string }[];
  };
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}
