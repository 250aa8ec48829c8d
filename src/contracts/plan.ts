import type { BackupActivities } from './activities.ts';
import type { EncryptionFacts, GuardFinding } from './cluster-facts.ts';
import type { FailureType } from './failures.ts';
import type { FileKind } from './files.ts';
import type { Access } from './policy.ts';
import type { BackupRequest } from './request.ts';
import type { NodeFacts, Run, TakeContext } from './run.ts';

/** Asks what a backup would do, and whether it may. `{ cluster }` is a complete request. */
export interface CheckRequest extends Pick<
  BackupRequest,
  'cluster' | 'node' | 'overrides' | 'taskQueue'
> {
  /**
   * Opens a debug session too, and evaluates the guards that only the node can answer; it is ended again, whatever happens.
   *
   * @default false: a check creates nothing
   */
  readonly onNode?: boolean;
}

/** A right that the worker's credentials need on the target cluster. */
export interface Permission {
  readonly verb: string;
  /** The API group; empty for the core group. */
  readonly group: string;
  /** Plural, with the subresource where there is one: `pods/exec`. */
  readonly resource: string;
  /** Absent on what belongs to the whole cluster. */
  readonly namespace?: string;
  /** Where only one object is meant. */
  readonly name?: string;
  /** What it is for: a few words that follow "for". */
  readonly why?: string;
}

/** What a backup would do, and whether it may: the answer of a check. Nothing of it was done. */
export interface BackupPlan {
  readonly cluster: string;
  /** `ready`; `waiting`: by itself, at the latest `until` of the guards; `refused`: something must be mended or overridden. */
  readonly outcome: 'ready' | 'waiting' | 'refused';
  readonly openshiftVersion?: string;
  readonly guards: readonly GuardFinding[];
  readonly missingPermissions: readonly Permission[];
  readonly access: Access;
  /** The first node that would be tried, and why; absent where there is none. */
  readonly node?: { readonly name: string; readonly reason: string };
  /** The debug pod as it would be created, as a Kubernetes object; absent for other ways in. */
  readonly pod?: object;
  /** The vendor's script as it would be called, by the contract that the version promises. */
  readonly script?: { readonly release: string; readonly argv: readonly string[] };
  /** The objects that would be written, with placeholders for what only the run knows. */
  readonly objects: readonly {
    readonly kind: FileKind | 'manifest';
    readonly store: string;
    readonly key: string;
  }[];
  /** The guards that only the node can answer; evaluated in `onNode` where that was asked for. */
  readonly nodeGuards: readonly string[];
  readonly onNode?: Pick<
    NodeFacts,
    'guards' | 'warnings' | 'script' | 'etcd' | 'freeBytes' | 'databaseBytes'
  >;
  /** Why the look at the node failed, where it was asked for and did. */
  readonly onNodeFailure?: {
    readonly type: FailureType;
    readonly observed: string;
    readonly nextStep: string;
  };
  /** Stores that cannot be used from where the check was made. */
  readonly storeFailures?: readonly {
    readonly store: string;
    readonly type: FailureType;
    readonly observed: string;
    readonly nextStep: string;
  }[];
  readonly proxyEnabled?: boolean;
  readonly encryption?: EncryptionFacts;
  readonly warnings: readonly string[];
}

/** What a look at the node needs: what a take of a backup would be given. */
export type Inspection = Parameters<BackupActivities['changeRoot']>[0];

/** A plan, and the way to its node where there is one. */
export interface PlannedBackup {
  readonly plan: BackupPlan;
  readonly inspection?: Inspection;
}

/** The activities of a check, the last two only where the node is looked at too; `createActivities` makes them. */
export interface CheckActivities {
  planBackup(input: { readonly run: Run; readonly request: CheckRequest }): Promise<PlannedBackup>;
  inspectNode(input: Inspection): Promise<NonNullable<BackupPlan['onNode']>>;
  endInspection(input: TakeContext): Promise<void>;
}

/** A step of a check. */
export type CheckStep = keyof CheckActivities;

/** The same activities under their names on the wire. */
export type WireCheckActivities = {
  [S in CheckStep as `etcdBackup.${S}`]: CheckActivities[S];
};

/** The id of a cluster's check when our command starts it. */
export function checkWorkflowId(cluster: string): string {
  return `etcd-backup-check/${cluster}`;
}

/** What the Temporal UI shows of a check from its start, beside the current details. */
export function checkMetadata(cluster: string): {
  readonly staticSummary: string;
  readonly staticDetails: string;
} {
  return {
    staticSummary: `check of ${cluster}`,
    staticDetails: [
      'Says what a backup would do, and whether it may. Reads the cluster and creates nothing; where it was asked to look at the node too, it opens a debug session there and ends it again.',
      '**Current Details** has the answer. **Cancel** is always safe.',
    ].join('\n\n'),
  };
}
