import type { Client, WorkflowExecutionDescription } from '@temporalio/client';

import { handlers } from '../contracts/index.ts';
import { isOpen, milliseconds, observation } from './observation.ts';
import type { Observation, Unclaimed } from './run-view.ts';
import { statusShape } from './wire-shapes.ts';
import type { StatusOnWire } from './wire-shapes.ts';

/** Looks at one run again and again. Reads only. */
export interface RunReader {
  /** What Describe and, where a worker answers it, the `status` query say now. */
  read(): Promise<Observation>;
  /** Whether any worker polled for such work lately: a poll lasts up to a minute. */
  hasWorker(work: Unclaimed): Promise<boolean>;
}

/**
 * Follows the workflow through a Reset to its newest run, but not to a run that somebody started after it.
 *
 * A query costs the workers a task, so it is asked only when the history has grown, and in the background.
 */
export function runReader(client: Client, workflowId: string, signal: AbortSignal): RunReader {
  const { connection, options } = client;
  let chain: string | undefined;
  let last: string | undefined;
  let status: StatusOnWire | undefined;
  let answeredAt = -1;
  let asking: Promise<void> | undefined;

  const call = <T>(timeoutMs: number, ask: () => Promise<T>): Promise<T> =>
    connection.withAbortSignal(signal, () => connection.withDeadline(Date.now() + timeoutMs, ask));

  const describe = (runId?: string): Promise<WorkflowExecutionDescription> =>
    call(10_000, () => client.workflow.getHandle(workflowId, runId).describe());

  const newest = async (): Promise<WorkflowExecutionDescription> => {
    const description = await describe();
    chain ??= chainOf(description);
    return chainOf(description) === chain ? description : await describe(last);
  };

  const query = async (runId: string, historyLength: number): Promise<void> => {
    try {
      const answer: unknown = await call(5_000, () =>
        client.workflow.getHandle(workflowId, runId).query<unknown>(handlers.status.name),
      );
      if (runId !== last) return;
      status = statusShape.parse(answer);
      answeredAt = historyLength;
    } catch {
      // No worker answers: Describe alone must do until one does.
    } finally {
      asking = undefined;
    }
  };

  const ask = async ({ runId, historyLength }: WorkflowExecutionDescription): Promise<void> => {
    await asking;
    if (answeredAt === historyLength) return;
    asking ??= query(runId, historyLength);
    await asking;
  };

  return {
    async read() {
      const description = await newest();
      if (description.runId !== last) status = undefined;
      last = description.runId;
      // The last rows are worth waiting for; while it runs, the next look shows them.
      await (isOpen(description) ? Promise.race([ask(description), pause(300)]) : ask(description));
      const observed = observation(description);
      return status === undefined ? observed : { ...observed, status };
    },
    async hasWorker({ kind, taskQueue }) {
      const request = {
        namespace: options.namespace,
        taskQueue: { name: taskQueue },
        taskQueueType: taskQueueTypes[kind],
      };
      const { pollers } = await call(10_000, () =>
        // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- its enum is in a package of the client's own
        connection.workflowService.describeTaskQueue(request),
      );
      const since = Date.now() - 75_000;
      return (pollers ?? []).some(({ lastAccessTime }) => milliseconds(lastAccessTime) > since);
    },
  };
}

/** @see https://github.com/temporalio/api/blob/v1.62.0/temporal/api/enums/v1/task_queue.proto */
const taskQueueTypes = { workflow: 1, activity: 2 };

/** A Reset stays in its chain of runs, a new start begins one. */
function chainOf({ raw, runId }: WorkflowExecutionDescription): string {
  return raw.workflowExecutionInfo?.firstRunId || runId;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
