import type { CheckStep } from './plan.ts';
import type { BackupRequest } from './request.ts';

/** The steps of a backup in their order; the last three run always, `findKeptTake` only in a run that resumes another. */
export const steps = [
  'checkCluster',
  'acquireLease',
  'startDebugSession',
  'findKeptTake',
  'changeRoot',
  'exportEnvironment',
  'runBackupScript',
  'verifySnapshot',
  'uploadSnapshot',
  'uploadStaticKubeResources',
  'verifyStored',
  'commitBackup',
  'removeFiles',
  'endDebugSession',
  'releaseLease',
] as const;

export type Step = (typeof steps)[number];

/** An activity's type on the wire. */
export type ActivityType<S extends Step = Step> = `etcdBackup.${S}`;

export function activityType<S extends Step>(step: S): ActivityType<S> {
  return `etcdBackup.${step}`;
}

/** The step of an activity type on the wire; `undefined` where it is none of ours. */
export function stepOf(type: string): Step | undefined {
  return steps.find((step) => activityType(step) === type);
}

/** Workflow types on the wire. */
export const workflowType = { backup: 'etcdBackup', check: 'etcdBackupCheck' } as const;

/** The task queue of our workers where nobody said otherwise. */
export const defaultTaskQueue = 'etcd-backup';

/** The id of a cluster's workflow when our client starts it. */
export function workflowId(cluster: string): string {
  return `etcd-backup/${cluster}`;
}

/**
 * The live progress of a step, in its heartbeat details and readable through Describe. Data of another release: fields
 * are only added, and a reader ignores a `version` it does not know.
 */
export interface Progress {
  readonly version: 1;
  readonly step: Step | CheckStep;
  /** What is happening, in a few words. */
  readonly state: string;
  readonly bytesDone?: number;
  readonly bytesTotal?: number;
}

/** The memo in which a run keeps its request, so that a second start can tell whether it asks for the same. */
export const requestMemo = 'etcdBackupRequest';

const takes =
  "Takes a snapshot of etcd and its static kube resources with the vendor's own script on one control plane node, verifies both, brings them to their stores, reads them back, and writes a manifest: from then on they are a backup.";
const resumes =
  'Finds the verified files that an earlier run kept on their node, brings them to their stores, reads them back, and writes a manifest: from then on they are a backup. Takes no snapshot.';

/** What the Temporal UI shows of a run from its start, beside the current details. */
export function staticMetadata({ cluster, resume }: Pick<BackupRequest, 'cluster' | 'resume'>): {
  readonly staticSummary: string;
  readonly staticDetails: string;
} {
  return {
    staticSummary: `etcd backup of ${cluster}${resume === undefined ? '' : `, resumed from run ${resume}`}`,
    staticDetails: [
      resume === undefined ? takes : resumes,
      '**Current Details** has the steps, and what you can do now.',
      '**Cancel** is always safe: the run first removes whatever it made on the cluster. **Terminate** is not: it would leave a privileged pod until its deadline.',
    ].join('\n\n'),
  };
}
