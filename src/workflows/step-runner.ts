import { isCancellation, proxyActivities } from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';

import { activityType } from '../contracts/index.ts';
import type { ActivityType, BackupActivities, BackupPolicy, Step } from '../contracts/index.ts';
import type { Board } from './board.ts';

/** Runs one step of the runbook as its activity. */
export type RunStep = <S extends Step>(
  step: S,
  input: Parameters<BackupActivities[S]>[0],
  label?: StepLabel,
) => Promise<Awaited<ReturnType<BackupActivities[S]>>>;

/** How a step is shown, and where it runs. */
export interface StepLabel {
  readonly summary?: string;
  readonly take?: number;
  readonly sizeBytes?: number;
  /** Whose workers run it. @default the request's, else the workflow's own */
  readonly taskQueue?: string;
}

const minute = 60_000;
const day = 24 * 60 * minute;

/** Steps that take as long as their work; everything else is short. */
const long: ReadonlySet<Step> = new Set([
  'runBackupScript',
  'verifySnapshot',
  'uploadSnapshot',
  'uploadStaticKubeResources',
  'verifyStored',
]);
const cleanup: ReadonlySet<Step> = new Set(['removeFiles', 'endDebugSession', 'releaseLease']);

/** The slowest transfer that still makes sense; start-to-close follows from it. */
const slowestBytesPerSecond = 1024 * 1024;

/** A step runner whose limits `limitBy` sets as soon as the policy is known. */
export interface StepRunner {
  readonly runStep: RunStep;
  /** From now on: the run's deadline counts, and its heartbeat timeout. */
  limitBy(policy: BackupPolicy): void;
}

export function stepRunner(board: Board, usualTaskQueue: string | undefined): StepRunner {
  let heartbeatTimeout = 30_000;
  let deadlineAt: number | undefined;

  const limits = (step: Step, sizeBytes: number, isElsewhere: boolean): ActivityOptions => {
    const untilDeadline = Math.max(1000, (deadlineAt ?? Date.now() + day) - Date.now());
    if (cleanup.has(step)) {
      return {
        // A queue that nobody polls must not keep an ended run open.
        ...(isElsewhere ? { scheduleToStartTimeout: 10 * minute } : {}),
        startToCloseTimeout: 15 * minute,
        scheduleToCloseTimeout: day,
        retry: { initialInterval: 1000, maximumInterval: 5 * minute },
      };
    }
    if (long.has(step)) {
      const transfer = 15 * minute + (sizeBytes / slowestBytesPerSecond) * 1000;
      return {
        startToCloseTimeout: step === 'runBackupScript' ? untilDeadline : transfer,
        scheduleToCloseTimeout: untilDeadline,
        retry: { initialInterval: 1000, maximumInterval: minute },
      };
    }
    // Before a run has made anything, nobody need wait for a queue that nobody polls.
    const isFirstLook = step === 'checkCluster' && isElsewhere;
    return {
      ...(isFirstLook ? { scheduleToStartTimeout: Math.min(5 * minute, untilDeadline / 2) } : {}),
      startToCloseTimeout: 10 * minute,
      scheduleToCloseTimeout: untilDeadline,
      retry: { initialInterval: 1000, maximumInterval: 30_000, maximumAttempts: 10 },
    };
  };

  return {
    limitBy(policy) {
      heartbeatTimeout = policy.heartbeatTimeoutMs;
      deadlineAt = Date.now() + policy.deadlineMs;
    },
    async runStep(step, input, { summary, take, sizeBytes = 0, taskQueue = usualTaskQueue } = {}) {
      const activities: Scheduled = proxyActivities<Scheduled>({
        ...limits(step, sizeBytes, taskQueue !== usualTaskQueue),
        heartbeatTimeout,
        cancellationType: 'WAIT_CANCELLATION_COMPLETED',
        ...(taskQueue === undefined ? {} : { taskQueue }),
        ...(summary === undefined ? {} : { summary }),
      });
      const end = board.schedule(step, take);
      try {
        const result = await activities[activityType(step)](input);
        end('completed');
        return result;
      } catch (error) {
        end(isCancellation(error) ? 'cancelled' : 'failed');
        throw error;
      }
    },
  };
}

// `RunStep` already says what each step takes and returns; TypeScript cannot follow that through the proxy's index.
type Scheduled = Record<ActivityType, (input: unknown) => Promise<never>>;
