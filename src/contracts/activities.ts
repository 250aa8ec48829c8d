import type { ClusterCheck, ClusterFacts } from './cluster-facts.ts';
import type { BackupFile, StoredFile, StoredLock } from './files.ts';
import type { KeptTake } from './kept-take.ts';
import type { Manifest, ManifestSignature } from './manifest.ts';
import type { BackupRequest } from './request.ts';
import type { Leftover, ManifestReference } from './result.ts';
import type {
  HeldLease,
  KeyGeneration,
  NodeFacts,
  Run,
  RunContext,
  ScriptRun,
  TakeContext,
} from './run.ts';
import type { ActivityType, Step } from './steps.ts';
import type { Verification } from './verification.ts';

/**
 * The activities of a backup, one per step. Each is safe to repeat and to overlap its own earlier attempt; `createActivities`
 * in `temporal-etcd-backup/activities` makes them.
 */
export interface BackupActivities {
  checkCluster(input: {
    readonly run: Run;
    readonly request: BackupRequest;
    /** Looks at these stores alone, and not at the cluster. */
    readonly stores?: readonly string[];
  }): Promise<ClusterCheck>;
  acquireLease(input: RunContext): Promise<HeldLease>;
  startDebugSession(input: TakeContext): Promise<void>;
  /** The files that the earlier run of this name kept on the node, where it did. */
  findKeptTake(input: TakeContext): Promise<{ readonly kept?: KeptTake }>;
  changeRoot(
    input: TakeContext & {
      readonly facts: Pick<ClusterFacts, 'openshiftVersion' | 'encryption' | 'overrides'>;
    },
  ): Promise<NodeFacts>;
  exportEnvironment(input: TakeContext): Promise<{ readonly variables: readonly string[] }>;
  runBackupScript(input: TakeContext & { readonly node: NodeFacts }): Promise<ScriptRun>;
  verifySnapshot(
    input: TakeContext & {
      readonly node: NodeFacts;
      readonly script: Extract<ScriptRun, { readonly outcome: 'succeeded' }>;
    },
  ): Promise<SnapshotVerification>;
  uploadSnapshot(input: UploadInput): Promise<StoredFile>;
  uploadStaticKubeResources(input: UploadInput): Promise<StoredFile>;
  verifyStored(input: RunContext & { readonly files: readonly StoredFile[] }): Promise<{
    readonly verification: readonly Verification[];
    /** Of the files whose stores say that they are locked; absent where none is. */
    readonly locks?: readonly StoredLock[];
  }>;
  /** The signature is that of the manifest that was written: handed in with it again, it is verified and kept. */
  commitBackup(
    input: RunContext & {
      readonly manifest: Manifest;
      /** Those that get it now; none, where it is only to be signed. @default all of the policy's */
      readonly stores?: readonly string[];
    },
  ): Promise<ManifestReference & { readonly signature?: ManifestSignature }>;
  removeFiles(
    input: TakeContext & {
      /** Marks the files to stay, instead of removing them. */
      readonly keep?: true;
      /** With `keep`: what a run that resumes them must know. */
      readonly kept?: KeptTake;
      /** Gives up the unfinished uploads in these stores, and touches nothing on the node. */
      readonly uploadsIn?: readonly string[];
    },
  ): Promise<{ readonly leftovers: readonly Leftover[] }>;
  endDebugSession(input: TakeContext): Promise<void>;
  releaseLease(input: RunContext): Promise<void>;
}

/** One file for one store. */
export interface UploadInput extends TakeContext {
  readonly file: BackupFile;
  /** @default the policy's for the kind of the file */
  readonly store?: string;
  /** The node itself is to send it, as far as it can. */
  readonly direct?: true;
}

/**
 * What `verifySnapshot` found. `keysChanged`: the keys of etcd encryption are of another generation than before the snapshot,
 * so that the static kube resources may lack a key that the snapshot needs.
 */
export type SnapshotVerification =
  | {
      readonly outcome: 'verified';
      readonly files: readonly BackupFile[];
      readonly verification: readonly Verification[];
      readonly keys?: KeyGeneration;
      /** What was asked for and could not be, without which the backup is one all the same. */
      readonly warnings?: readonly string[];
    }
  | { readonly outcome: 'keysChanged'; readonly observed: string };

/** The same activities under their names on the wire. */
export type WireActivities = {
  [S in Step as ActivityType<S>]: BackupActivities[S];
};
