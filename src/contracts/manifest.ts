import type {
  CertificateFacts,
  ClusterFacts,
  EncryptionFacts,
  GuardFinding,
  NodeSummary,
} from './cluster-facts.ts';
import type { StoredFile } from './files.ts';
import type { Override } from './request.ts';
import type { EtcdFacts, KeyGeneration, SnapshotStatus } from './run.ts';
import type { Verification } from './verification.ts';

/** The version of the stored layout, see `docs/backup-format.md`. */
export const manifestFormat = 'temporal-etcd-backup/1';

/** An attempt at a snapshot, and how it ended. */
export interface TakeRecord {
  /** Counted from 1. */
  readonly number: number;
  readonly nodeName: string;
  readonly ended: 'succeeded' | 'died' | 'unfit' | 'otherNode' | 'retryLater' | 'keysChanged';
}

/** A person's word that ended a wait. */
export interface RecheckRecord {
  readonly who: string;
  readonly reason: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Who vouches for a manifest; see `docs/backup-format.md` for the bytes that are signed. */
export interface ManifestSignature {
  readonly algorithm: 'ed25519';
  /** SHA-256 of the public key in DER (SPKI), lower-case hexadecimal. */
  readonly keyId: string;
  /** Base64. */
  readonly value: string;
}

/**
 * The record that makes files a backup: written last, create-only, the same bytes in both stores. It holds what a
 * restore will ask and nobody can read later. A field that could not be known is absent, never guessed.
 */
export interface Manifest {
  readonly format: typeof manifestFormat;
  readonly id: string;
  readonly cluster: ClusterFacts['cluster'] & { readonly architecture?: string };
  readonly openshiftVersion: string;
  readonly releaseImage?: string;
  readonly etcdImage?: string;
  /** What etcd said of the snapshot, and of its members before it. */
  readonly etcd: Partial<SnapshotStatus> &
    Partial<Pick<EtcdFacts, 'members' | 'member' | 'leader'>>;
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
  readonly proxyEnabled?: boolean;
  readonly trustedCA?: string;
  /** `keysBefore` and `keysAfter` the snapshot are equal: its keys are those in the static kube resources. */
  readonly encryption?: Partial<EncryptionFacts> & {
    readonly keysBefore?: KeyGeneration;
    readonly keysAfter?: KeyGeneration;
    /** Snapshot and keys are in one file: keep it as you would keep the keys. */
    readonly keysWithSnapshot?: true;
  };
  readonly certificates?: { readonly signers: readonly CertificateFacts[] };
  readonly guards: readonly GuardFinding[];
  readonly overrides: readonly Override[];
  readonly files: readonly StoredFile[];
  readonly verification: readonly Verification[];
  readonly restore: {
    /** The vendor's script that accepts these files. */
    readonly script: string;
    /** Red Hat asks for the very same z-stream. */
    readonly sameVersion: string;
    /** The members as `name=peerURL,…`, which the restore script of 4.3 asks for. */
    readonly initialCluster?: string;
  };
  readonly labels?: Readonly<Record<string, string>>;
  readonly run: {
    readonly namespace: string;
    readonly workflowId: string;
    readonly runId: string;
    readonly name: string;
    readonly takes: readonly TakeRecord[];
    /** The execution that stored the files, where it was a later one than took them. */
    readonly resumedBy?: { readonly workflowId: string; readonly runId: string };
    /** Who ended a wait, and why; in a resumed run, of both. */
    readonly rechecks?: readonly RecheckRecord[];
  };
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Of all other fields; absent where nobody signed. */
  readonly signature?: ManifestSignature;
}
