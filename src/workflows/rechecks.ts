import { condition, defineUpdate, setHandler } from '@temporalio/workflow';

import { handlers } from '../contracts/index.ts';
import type { RecheckRequest, RecheckResult, RunStatus } from '../contracts/index.ts';

/** The update `recheck`: a person's word that ends a wait. */
export interface Rechecks {
  /** Waits until the timer ends (`undefined`) or somebody asks for a recheck. */
  wait(wait: NonNullable<RunStatus['wait']>, ms: number): Promise<RecheckRequest | undefined>;
  /** Answers everybody who asked since the last evaluation. */
  checked(result: RecheckResult): void;
}

/** The timer's label in the UI, which cuts longer ones. */
const longestSummary = 100;

/** Registers the update; before the first await, so that none comes too early. */
export function openRechecks(): Rechecks {
  let waiting: RunStatus['wait'];
  let asked: RecheckRequest | undefined;
  let evaluations = 0;
  let last: RecheckResult | undefined;

  const checked = (result: RecheckResult): void => {
    last = result;
    evaluations += 1;
  };

  const update = defineUpdate<RecheckResult, [RecheckRequest]>(handlers.recheck.name);
  setHandler(
    update,
    async (request) => {
      asked = request;
      const before = evaluations;
      await condition(() => evaluations > before);
      // Evaluated at least once, or the condition would still wait.
      return last ?? { outcome: 'waiting', guards: [] };
    },
    {
      description:
        'Ends a wait and evaluates the guards again, with overrides, a reason and who decided',
      validator: (request) => {
        if (waiting === undefined || asked !== undefined) {
          throw new Error('nothing waits in this run: recheck ends a wait only');
        }
        const problem = problemOf(request, waiting);
        if (problem !== undefined) throw new Error(problem);
      },
    },
  );

  return {
    async wait(wait, ms) {
      waiting = wait;
      const summary = `until ${wait.until}: ${wait.reason}`.slice(0, longestSummary);
      try {
        await condition(() => asked !== undefined, ms, { summary });
        return asked;
      } catch (error) {
        // Whoever asked in the moment of a cancel must not keep the run from ending.
        checked({ outcome: 'refused', guards: [], observed: 'the run was cancelled' });
        throw error;
      } finally {
        waiting = undefined;
        asked = undefined;
      }
    },
    checked,
  };
}

/** What is wrong with a request: it comes from a person's command line, and a typo must not end the run. */
function problemOf(
  request: RecheckRequest,
  { guards }: NonNullable<RunStatus['wait']>,
): string | undefined {
  // Outside data, whatever its type says.
  const { who, reason, overrides }: Partial<RecheckRequest> = request;
  if (!isText(who) || !isText(reason)) {
    return 'expected { who, reason, overrides? }: who decides, and why';
  }
  if (overrides === undefined) return undefined;
  if (!Array.isArray(overrides)) return 'overrides: expected a list of { guard, reason }';
  const known = guards.map(({ guard }) => guard);
  for (const override of overrides as readonly Partial<Record<string, unknown>>[]) {
    if (!isText(override['guard']) || !isText(override['reason'])) {
      return 'overrides: expected { guard, reason } in each';
    }
    if (!known.includes(override['guard'])) {
      return `overrides: no guard ${override['guard']}, expected one of ${known.join(', ')}`;
    }
  }
  return undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
