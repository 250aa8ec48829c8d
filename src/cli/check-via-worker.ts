import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Client, WorkflowHandle } from '@temporalio/client';

import {
  checkMetadata,
  checkWorkflowId,
  defaultTaskQueue,
  workflowType,
} from '../contracts/index.ts';
import type { BackupPlan, CheckRequest } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import { exitCode } from './exit-code.ts';
import { follow } from './follow.ts';
import { onSignals } from './interrupts.ts';
import { planShape } from './plan-shape.ts';
import { CommandError } from './reported-error.ts';
import { exitCodeOfEnd, failedEnd } from './run-end.ts';
import { runReader } from './run-reader.ts';
import { withClient } from './with-client.ts';

type CheckWorkflow = (request: CheckRequest) => Promise<BackupPlan>;

/** Asks the workers for a check, and waits for the plan. The first Ctrl-C cancels it; it then ends what it opened. */
export async function checkViaWorker(
  request: CheckRequest,
  taskQueue: string = defaultTaskQueue,
): Promise<BackupPlan> {
  return await withClient(async (client) => await startAndWait(client, request, taskQueue));
}

async function startAndWait(
  client: Client,
  request: CheckRequest,
  taskQueue: string,
): Promise<BackupPlan> {
  const handle = await start(client, request, taskQueue);
  const stopListening = onSignals(['SIGINT', 'SIGTERM'], {
    first() {
      process.stderr.write('Cancelling the check: it ends what it opened. Ctrl-C again leaves.\n');
      void handle.cancel().catch(() => undefined);
    },
    second: () => process.exit(exitCode.cancelled),
  });
  const stop = new AbortController();
  const watching = sayWhenNobodyWorks(client, handle.workflowId, stop.signal);
  try {
    const plan = planShape.safeParse(await resultOf(handle));
    if (plan.success) return plan.data;
    const observed = 'the check returned a plan that this release cannot read';
    throw failure('UnexpectedError', { observed, where: { workflowId: handle.workflowId } });
  } finally {
    stop.abort();
    await watching;
    stopListening();
  }
}

async function start(
  client: Client,
  request: CheckRequest,
  taskQueue: string,
): Promise<WorkflowHandle<CheckWorkflow>> {
  const workflowId = checkWorkflowId(request.cluster);
  try {
    return await client.workflow.start<CheckWorkflow>(workflowType.check, {
      workflowId,
      taskQueue,
      args: [request],
      workflowIdConflictPolicy: 'FAIL',
      ...checkMetadata(request.cluster),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw failure('DifferentRequestRunning', {
      observed: 'a check of this cluster runs already',
      where: { workflowId },
      nextStep: 'Wait for it, it takes seconds; then check again.',
    });
  }
}

async function resultOf(handle: WorkflowHandle<CheckWorkflow>): Promise<unknown> {
  try {
    return await handle.result();
  } catch (error) {
    const end = failedEnd(error, []);
    if (end.kind === 'completed') return end.result;
    const observed = 'the check was cancelled';
    const report = end.kind === 'cancelled' ? { ...end.error, observed } : end.error;
    throw new CommandError(report, exitCodeOfEnd(end), { cause: error });
  }
}

async function sayWhenNobodyWorks(
  client: Client,
  workflowId: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    let said: string | undefined;
    for await (const { notice } of follow(runReader(client, workflowId, signal), { signal })) {
      if (notice !== undefined && notice.code !== said) process.stderr.write(`${notice.message}\n`);
      said = notice?.code;
    }
  } catch {
    // Only a courtesy: the result says what went wrong.
  }
}
