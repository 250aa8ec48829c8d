import type { GuardFinding } from './cluster-facts.ts';
import type { FileKind } from './files.ts';
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

/** What keeps a second run away from this cluster: the Lease, or the lock on the node that replaces it. */
export interface HeldLease {
  /** `<namespace>/<name>` of the Lease, or `<node>:<path>` of the lock. */
  readonly where: string;
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

/** An etcd member, as etcd itself lists it. */
export interface EtcdMember {
  /** Hexadecimal, as etcdctl prints it. */
  readonly id: string;
  /** Empty while it has not started. */
  readonly name: string;
  readonly peerURLs: readonly string[];
  readonly isLearner: boolean;
  /** Absent where the member did not answer. */
  readonly raftIndex?: number;
}

/** What etcd said of itself, asked on the node. */
export interface EtcdFacts {
  readonly members: readonly EtcdMember[];
  /** The id of the member behind the node that was asked. */
  readonly member: string;
  /** The id of the leader; absent where there is none. */
  readonly leader?: string;
  readonly version: string;
  /** Bytes. */
  readonly databaseSize: number;
}

/**
 * The generation of the keys that encrypt etcd's values, by what may be known: two of them are the same generation when all
 * fields are equal. Never a key.
 */
export interface KeyGeneration {
  /** Of kube-apiserver: the newest revision, and the one that runs on each node. */
  readonly revisions?: {
    readonly latest: number;
    readonly running: Readonly<Record<string, number>>;
  };
  /** The names of the keys in the encryption config of the revision that runs on the node, in its order. */
  readonly keyNames?: readonly string[];
  /** SHA-256 of that config. */
  readonly configSha256?: string;
}

/** What `changeRoot` found on the node. */
export interface NodeFacts {
  readonly bootId: string;
  /** The API's where it answered, else what the node's operating system says of itself. */
  readonly openshiftVersion: string;
  readonly script: {
    readonly path: string;
    /** The contract that the script on the node keeps, by the first OpenShift version that had it. */
    readonly release: string;
    readonly sha256: string;
  };
  /** The tool that computes SHA-256 on the node; openssl is four times as fast. */
  readonly digestTool: 'openssl' | 'sha256sum';
  readonly freeBytes: number;
  /** The script is stopped when less than this is free; 0 where `freeSpace` is overridden. */
  readonly leastFreeBytes: number;
  /** The size of the member's database file. */
  readonly databaseBytes: number;
  readonly etcd?: EtcdFacts;
  /** Before the snapshot. */
  readonly keys?: KeyGeneration;
  /** Stores that it reaches itself, by name, where it was asked to send its files there. */
  readonly reachableStores?: readonly string[];
  /** The guards that only the node can answer. */
  readonly guards: readonly GuardFinding[];
  readonly warnings: readonly string[];
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

/** The names of the files that a script left: a snapshot and static kube resources, or the one combined file of 4.3.0 and 4.3.1. */
export type ScriptFileNames = { readonly [kind in FileKind]?: string };

/**
 * How the vendor's script ended in this take.
 *
 * - `died`: it is gone without an exit code (the node rebooted, the pod was evicted): its files are worth nothing and a new
 *   take is due
 * - `refused`: it did not do its work, for a reason that another node (`otherNode`) or some minutes (`retryLater`) mend
 */
export type ScriptRun =
  | {
      readonly outcome: 'succeeded';
      readonly startedAt: string;
      readonly finishedAt: string;
      /** Absent where the release's script does not ask for it. */
      readonly status?: SnapshotStatus;
      readonly possiblyDirty: boolean;
      readonly fileNames: ScriptFileNames;
    }
  | { readonly outcome: 'died'; readonly observed: string }
  | {
      readonly outcome: 'refused';
      readonly advice: 'otherNode' | 'retryLater';
      readonly observed: string;
    };

/** What every step after `checkCluster` is given. */
export interface RunContext {
  readonly run: Run;
  readonly policy: BackupPolicy;
}

/** What every step on the node is given: all that any worker needs to reach the node and find the take again. */
export interface TakeContext extends RunContext {
  readonly take: Take;
  /** Where the way to the node is a debug pod. */
  readonly session?: DebugSession;
}
