import {
  ActivityFailure,
  CancellationScope,
  CancelledFailure,
  TemporalFailure,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
} from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';

import type {
  BackupPlan,
  CheckRequest,
  Inspection,
  WireCheckActivities,
} from '../contracts/index.ts';
import { failureDetails, failureType } from '../contracts/failures.ts';
import { leftInspection, planWithNode } from '../contracts/plan-with-node.ts';
import { ofCatalogue } from './end-run.ts';
import { nameRun } from './name-run.ts';
import { renderPlan, renderUnplanned } from './plan-details.ts';

/**
 * Says what a backup of a cluster would do, and whether it may: reads the cluster and creates nothing. With `onNode` it also
 * opens a debug session on the chosen node; that is ended again, whatever happens, cancellation included.
 */
export async function etcdBackupCheck(request: CheckRequest): Promise<BackupPlan> {
  const { cluster } = request;
  setCurrentDetails(`**Check of ${cluster}**: reading the cluster. Nothing is created.`);
  try {
    const plan = await check(request);
    setCurrentDetails(renderPlan(plan));
    return plan;
  } catch (error) {
    // A fault of the workflow's own must stop the task, so that a mended release can go on.
    if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
    const failed = ofCatalogue(error, []);
    setCurrentDetails(renderUnplanned(cluster, failed));
    throw failed;
  }
}

async function check(request: CheckRequest): Promise<BackupPlan> {
  const { cluster, taskQueue, onNode } = request;
  const run = nameRun(cluster);
  const { 'etcdBackup.planBackup': planBackup } = activities(taskQueue, cluster);
  const { plan, inspection } = await planBackup({ run, request });
  if (onNode !== true || inspection === undefined) return plan;

  const { nodeName } = inspection.take;
  setCurrentDetails(
    `**Check of ${cluster}**: looking at \`${nodeName}\`. The debug session is ended afterwards.`,
  );
  return await lookAtNode(plan, inspection, taskQueue);
}

async function lookAtNode(
  plan: BackupPlan,
  inspection: Inspection,
  taskQueue: string | undefined,
): Promise<BackupPlan> {
  const { nodeName } = inspection.take;
  const { 'etcdBackup.inspectNode': inspectNode, 'etcdBackup.endInspection': endInspection } =
    activities(taskQueue, nodeName);
  let looked: BackupPlan;
  let left: string | undefined;
  try {
    looked = planWithNode(plan, { onNode: await inspectNode(inspection) });
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    // A step that failed before the cancel reached it.
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled');
    looked = planWithNode(plan, { onNodeFailure: observedFailure(error) });
  } finally {
    left = await CancellationScope.nonCancellable(async () => {
      try {
        await endInspection(inspection);
        return undefined;
      } catch (error) {
        if (!(error instanceof ActivityFailure)) throw error;
        return leftInspection(inspection);
      }
    });
  }
  return left === undefined ? looked : { ...looked, warnings: [...looked.warnings, left] };
}

function observedFailure(error: ActivityFailure): NonNullable<BackupPlan['onNodeFailure']> {
  const failed = ofCatalogue(error, []);
  const { observed, nextStep } = failureDetails(failed);
  return { type: failureType(failed) ?? 'UnexpectedError', observed, nextStep };
}

const minute = 60_000;

/** The pod of a look at the node ends by itself after a quarter of an hour: nobody need try longer to end it. */
const options: ActivityOptions = {
  startToCloseTimeout: 5 * minute,
  scheduleToCloseTimeout: 20 * minute,
  // Somebody waits for the answer, and for the end of a cancelled check.
  heartbeatTimeout: 10_000,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: 1000, maximumInterval: 30_000, maximumAttempts: 5 },
};

function activities(taskQueue: string | undefined, summary: string) {
  return proxyActivities<WireCheckActivities>({
    ...options,
    ...(taskQueue === undefined ? {} : { taskQueue }),
    summary,
  });
}
