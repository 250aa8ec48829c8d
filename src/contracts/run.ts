import type { BackupPolicy } from './policy.ts';

/** One execution of the workflow, by the names it uses outside Temporal. A Reset keeps them. */
export interface Run {
  /** 12 characters of `[a-z0-9]`; a Reset keeps it. */
  readonly name: string;
  /** The backup's id: `<UTC time>-<run name>`. */
  readonly id: string;
  readonly cluster: string;
}

/** One attempt at a snapshot on one node within a run. */
export interface Take {
  /** Counted from 1. */
  readonly number: number;
  readonly nodeName: string;
  /** Absolute, on the node, 0700; everything of this take is inside. */
  readonly directory: string;
}

/** The Lease that keeps a second run away from this cluster. */
export interface HeldLease {
  readonly namespace: string;
  readonly name: string;
  readonly holder: string;
}

/** The privileged pod through which a take reaches its node. Any worker can make it again from this. */
export interface DebugSession {
  readonly namespace: string;
  readonly podName: string;
  readonly nodeName: string;
  /** By digest. */
  readonly image: string;
  /** The dead man's switch: the pod ends by itself after this many seconds. */
  readonly activeDeadlineSeconds: number;
}

/** What `changeRoot` found on the node. */
export interface NodeFacts {
  readonly bootId: string;
  readonly script: { readonly path: string; readonly release: string; readonly sha256: string };
  /** The tool that computes SHA-256 on the node; openssl is four times as fast. */
  readonly digestTool: 'openssl' | 'sha256sum';
  readonly freeBytes: number;
  /** The size of the member's database file. */
  readonly databaseBytes: number;
}

/** What etcd's own status check, run by the vendor's script, printed. @see https://github.com/etcd-io/etcd/blob/v3.6.0/etcdutl/snapshot/v3_snapshot.go */
export interface SnapshotStatus {
  /** CRC-32C over buckets, keys and values. */
  readonly hash: number;
  readonly revision: number;
  readonly totalKey: number;
  readonly totalSize: number;
  readonly version?: string;
}

/**
 * How the vendor's script ended in this take. `died` means that it is gone without an exit code (the node rebooted, the
 * pod was evicted): its files are worth nothing and a new take is due.
 */
export type ScriptRun =
  | {
      readonly outcome: 'succeeded';
      readonly startedAt: string;
      readonly finishedAt: string;
      readonly status: SnapshotStatus;
      readonly possiblyDirty: boolean;
      readonly fileNames: { readonly snapshot: string; readonly staticKubeResources: string };
    }
  | { readonly outcome: 'died'; readonly observed: string };

/** What every step after `checkCluster` is given. */
export interface RunContext {
  readonly run: Run;
  readonly policy: BackupPolicy;
}

/** What every step on the node is given: all that any worker needs to reach the node and find the take again. */
export interface TakeContext extends RunContext {
  readonly take: Take;
  readonly session: DebugSession;
}
