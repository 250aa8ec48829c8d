import { ActivityFailure } from '@temporalio/workflow';

import type {
  BackupPolicy,
  BackupRequest,
  ClusterCheck,
  ClusterFacts,
  GuardFinding,
  Override,
  RecheckRecord,
  Run,
} from '../contracts/index.ts';
import { failureDetails } from '../contracts/failures.ts';
import type { Board, Wait } from './board.ts';
import type { RunStep } from './step-runner.ts';

/** A cluster whose guards let the backup begin. */
export interface PassedGuards {
  readonly facts: ClusterFacts;
  readonly policy: BackupPolicy;
}

/** The guards of a run, and what people said to them. */
export interface Guards {
  /**
   * Evaluates the guards until they pass. Where some will pass by themselves it waits for the last of them, durably; the
   * update `recheck` ends a wait, and its overrides hold from then on. Fails as soon as a guard refuses.
   */
  pass(): Promise<PassedGuards>;
  /** The same after a wait for something else. */
  passAfter(wait: Wait, ms: number): Promise<PassedGuards>;
  /** Who ended a wait, and why, so far. */
  rechecks(): readonly RecheckRecord[];
}

const shortestWaitMs = 1000;
const longestShortWaitMs = 5 * 60_000;

/** The guards of one run. */
export function guardsOf(run: Run, request: BackupRequest, board: Board, runStep: RunStep): Guards {
  const rechecks: RecheckRecord[] = [];
  let overrides: readonly Override[] = request.overrides ?? [];

  const wait = async (what: Wait, ms: number): Promise<void> => {
    const recheck = await board.wait(what, ms);
    if (recheck === undefined) return;
    const { who, reason } = recheck;
    rechecks.push({ who, reason, at: new Date().toISOString() });
    overrides = withOverrides(overrides, recheck.overrides ?? [], who);
  };
  const pass = async (): Promise<PassedGuards> => {
    // The target cluster's clock decides, ours measures: where ours is ahead, the same wait comes back.
    for (let leastMs = shortestWaitMs; ; leastMs = Math.min(leastMs * 2, longestShortWaitMs)) {
      const check = await checkCluster(run, { ...request, overrides }, board, runStep);
      if (check.outcome === 'ready') return { facts: check.facts, policy: check.policy };
      const { until, guards } = check;
      const ms = Math.max(leastMs, Date.parse(until) - Date.now());
      await wait({ reason: reasonOf(guards), until, guards }, ms);
    }
  };
  return {
    pass,
    async passAfter(what, ms) {
      await wait(what, ms);
      return await pass();
    },
    rechecks: () => rechecks,
  };
}

type GuardCheck = Exclude<ClusterCheck, { readonly outcome: 'storesReady' }>;

async function checkCluster(
  run: Run,
  request: BackupRequest,
  board: Board,
  runStep: RunStep,
): Promise<GuardCheck> {
  try {
    const check = await runStep('checkCluster', { run, request }, { summary: run.cluster });
    if (check.outcome === 'storesReady') throw new TypeError('the stores alone were looked at');
    const guards = check.outcome === 'ready' ? check.facts.guards : check.guards;
    board.checked({ outcome: check.outcome, guards });
    return check;
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : error;
    board.checked({ outcome: 'refused', guards: [], observed: failureDetails(cause).observed });
    throw error;
  }
}

function reasonOf(guards: readonly GuardFinding[]): string {
  return guards
    .filter(({ outcome }) => outcome === 'waiting')
    .map(({ guard, evidence }) => `${guard}: ${evidence}`)
    .join(' | ');
}

function withOverrides(
  before: readonly Override[],
  added: readonly Override[],
  who: string,
): readonly Override[] {
  const isReplaced = ({ guard }: Override): boolean => added.some((each) => each.guard === guard);
  return [
    ...before.filter((each) => !isReplaced(each)),
    ...added.map((each) => ({ ...each, who: each.who ?? who })),
  ];
}
