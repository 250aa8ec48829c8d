import { leaseState } from '../kubernetes/expired-lease.ts';
import { findEverything } from './find-everything.ts';
import type { CleanupScene } from './find-everything.ts';
import type { Finding, LeaseFinding } from './finding.ts';
import { judgeFindings } from './judge-findings.ts';
import type { Judged } from './judge-findings.ts';
import { liveRuns } from './live-runs.ts';
import type { LiveRun, WorkflowAnswer } from './live-runs.ts';
import { orProblem } from './problem.ts';
import type { Problem } from './problem.ts';

/** What is asked besides the cluster and its stores, and what is to be removed. */
export interface SurveyOptions {
  /** Asks Temporal which workflows run. */
  readonly askTemporal: (signal: AbortSignal) => Promise<WorkflowAnswer>;
  /** Files that are marked to stay are removed as well. */
  readonly kept: boolean;
}

/** Everything of ours, what is to happen to it, and what that rests on. */
export interface Survey {
  readonly judged: readonly Judged[];
  readonly live: readonly LiveRun[];
  readonly temporal: WorkflowAnswer;
  /** What could not be looked at. */
  readonly problems: readonly Problem[];
}

/** Finds everything of ours and decides about it. Changes nothing but for the visits' own pods. */
export async function surveyCluster(
  scene: CleanupScene,
  options: SurveyOptions,
  signal: AbortSignal,
): Promise<Survey> {
  const [{ found, problems }, temporal] = await Promise.all([
    findEverything(scene, signal),
    options.askTemporal(signal),
  ]);
  const runs = await askRuns(scene, found, { ...options, temporal }, signal);
  const all = [...found, ...(runs.lease ?? [])];
  return {
    judged: judgeFindings(all, runs, options),
    live: runs.live,
    temporal: runs.temporal,
    problems: [...problems, ...runs.problems],
  };
}

/** Decides again about what was found: a run may have begun while somebody thought about it. */
export async function judgeAgain(
  scene: CleanupScene,
  { judged }: Survey,
  options: SurveyOptions,
  signal: AbortSignal,
): Promise<readonly Judged[]> {
  const found = judged.map(({ finding }) => finding);
  return judgeFindings(found, await askRuns(scene, found, options, signal), options);
}

interface AskedRuns {
  readonly live: readonly LiveRun[];
  readonly isCertain: boolean;
  readonly temporal: WorkflowAnswer;
  readonly lease: readonly LeaseFinding[] | undefined;
  readonly problems: readonly Problem[];
}

/** Call it after the look: a run takes the lease before it makes anything. */
async function askRuns(
  { name, cluster: { namespace }, api }: CleanupScene,
  found: readonly Finding[],
  { askTemporal, temporal: earlier }: SurveyOptions & { readonly temporal?: WorkflowAnswer },
  signal: AbortSignal,
): Promise<AskedRuns> {
  const read = await orProblem(`lease ${namespace}/etcd-backup`, signal, () =>
    leaseState(api, namespace, signal),
  );
  const lease = 'value' in read ? leaseFindings(namespace, read.value) : undefined;
  const temporal = earlier ?? (await askTemporal(signal));
  return {
    ...liveRuns(name, found, lease, temporal),
    temporal,
    lease,
    problems: 'problem' in read ? [read.problem] : [],
  };
}

function leaseFindings(
  namespace: string,
  lease: Awaited<ReturnType<typeof leaseState>>,
): readonly LeaseFinding[] {
  if (lease === undefined) return [];
  const { holder, endsAt, isExpired } = lease;
  return [{ kind: 'lease', run: holder, namespace, endsAt, isExpired }];
}
