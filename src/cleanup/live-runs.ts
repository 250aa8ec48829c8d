import type { Finding, LeaseFinding } from './finding.ts';

/** A workflow that runs, by what Temporal shows of it. */
export interface RunningWorkflow {
  readonly workflowId: string;
  /** The cluster's name in its request; absent where it cannot be read. */
  readonly cluster?: string;
  /** The runs whose things are its own: its name, and the run that it resumes. Absent where they cannot be read. */
  readonly runs?: readonly string[];
}

/** What Temporal says of runs; `silent`: it did not answer. */
export type WorkflowAnswer =
  | { readonly outcome: 'answered'; readonly workflows: readonly RunningWorkflow[] }
  | { readonly outcome: 'silent'; readonly observed: string };

/** A run that lives, and how that is known. */
export interface LiveRun {
  /** The run's name; absent where it is not known: then everything may be of it. */
  readonly run?: string;
  readonly because: string;
}

/** Which runs live. `certain`: whoever is not among them is dead. */
export interface LiveRuns {
  readonly live: readonly LiveRun[];
  readonly isCertain: boolean;
}

/**
 * Says which runs live: who holds the lease, whose workflow runs, and whose directory something works in. Where the
 * lease could not be read, nobody is known to be dead: Temporal answers for one of its namespaces, and runs of another one are
 * known by the lease alone. Pure.
 *
 * @param lease `undefined` where it could not be read
 */
export function liveRuns(
  cluster: string,
  found: readonly Finding[],
  lease: readonly LeaseFinding[] | undefined,
  answer: WorkflowAnswer,
): LiveRuns {
  const holders = (lease ?? [])
    .filter(({ isExpired, run }) => !isExpired && run !== '')
    .map(({ run, endsAt }) => ({
      run,
      because: `it holds the lease until ${endsAt.toISOString()} unless it renews it`,
    }));
  const workflows = answer.outcome === 'answered' ? answer.workflows : [];
  const lockers = found
    .filter((each) => each.kind === 'lock' && !each.isExpired)
    .map(({ run }) => ({ run, because: 'it holds the lock on the node' }));
  const workers = found
    .filter((each) => each.kind === 'directory' && each.state === 'alive')
    .filter(({ run }) => lockers.every((locker) => locker.run !== run))
    .map((each) => ({
      run: each.run,
      because: 'its script, or another process, works on the node',
    }));
  const live = [
    ...holders,
    ...lockers,
    ...workflows.flatMap((each) => ofWorkflow(cluster, found, each)),
    ...workers,
  ];
  const known = live.every(({ run }) => run !== undefined);
  return { live, isCertain: known && lease !== undefined };
}

function ofWorkflow(
  cluster: string,
  found: readonly Finding[],
  workflow: RunningWorkflow,
): readonly LiveRun[] {
  const because = `its workflow ${workflow.workflowId} runs`;
  const isOurs = workflow.cluster === undefined || workflow.cluster === cluster;
  if (workflow.runs === undefined) {
    if (!isOurs) return [];
    return [
      { because: `workflow ${workflow.workflowId} runs, and the name of its run cannot be read` },
    ];
  }
  // Another name in another configuration can mean the same cluster: then its things are here.
  return workflow.runs
    .filter((run) => isOurs || found.some((each) => each.run === run))
    .map((run) => ({ run, because }));
}
