import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';

import { storesOf } from '../contracts/index.ts';
import type { BackupRequest, RunContext } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { RunStep } from './step-runner.ts';
import { byQueue } from './store-files.ts';

/**
 * Has each store that is worked with on a task queue of its own looked at by the workers of that queue, before anything is made: the
 * run's own workers look at the others when they check the cluster. A queue that nobody polls ends the run here, and not after a
 * snapshot that would have nowhere to go.
 *
 * @throws `StoreUnavailable` where nobody polls; what the stores throw
 */
export async function lookAtStores(
  runStep: RunStep,
  { run, policy }: RunContext,
  request: BackupRequest,
): Promise<void> {
  for (const { stores, queue } of byQueue(policy, storesOf(policy))) {
    if (queue.taskQueue === undefined) continue;
    const label = { summary: stores.join(', '), ...queue };
    try {
      await runStep('checkCluster', { run, request, stores }, label);
    } catch (error) {
      throw isUnpolled(error) ? nobodyPolls(stores, queue.taskQueue) : error;
    }
  }
}

function isUnpolled(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
}

function nobodyPolls(stores: readonly string[], taskQueue: string): Error {
  const names = `${stores.length === 1 ? 'store' : 'stores'} ${stores.join(', ')}`;
  return failure('StoreUnavailable', {
    observed: `${names}: not looked at, no worker took it from task queue ${taskQueue}`,
    step: 'checkCluster',
    nextStep: `Start a worker where their credentials are: etcd-backup worker --task-queue ${taskQueue}; then start again.`,
  });
}
