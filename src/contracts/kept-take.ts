import type { BackupActivities } from './activities.ts';
import type { ClusterFacts, NodeCandidate } from './cluster-facts.ts';
import type { Manifest, RecheckRecord, TakeRecord } from './manifest.ts';
import type { BackupPolicy } from './policy.ts';
import type { NodeFacts, Run, ScriptRun, Take } from './run.ts';

/** The take whose files become the backup: what its script said, and what was verified. */
export interface TakenFiles {
  /** Of the last time that the guards passed. */
  readonly facts: ClusterFacts;
  readonly candidate: NodeCandidate;
  readonly node: NodeFacts;
  readonly script: Extract<ScriptRun, { readonly outcome: 'succeeded' }>;
  readonly verified: Extract<
    Awaited<ReturnType<BackupActivities['verifySnapshot']>>,
    { readonly outcome: 'verified' }
  >;
  readonly takes: readonly TakeRecord[];
}

/**
 * All that a later run needs to go on with verified files that stayed on their node; it lies beside them. Plain JSON without a
 * secret. Fields are only ever added, and optional.
 */
export interface KeptTake extends TakenFiles {
  readonly version: 1;
  readonly run: Run;
  /** The execution that took them, as the manifest names it. */
  readonly execution: Pick<Manifest['run'], 'namespace' | 'workflowId' | 'runId'>;
  readonly take: Take;
  /** Where the files go, and how they are cut: uploads that were begun are continued. */
  readonly policy: Pick<BackupPolicy, 'stores' | 'copies' | 'storePolicies' | 'partSizeBytes'>;
  readonly rechecks: readonly RecheckRecord[];
  readonly labels?: Readonly<Record<string, string>>;
}
