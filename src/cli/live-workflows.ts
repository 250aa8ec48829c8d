import { Client, Connection, defaultPayloadConverter } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { z } from 'zod';

import type { RunningWorkflow, WorkflowAnswer } from '../cleanup/live-runs.ts';
import { requestMemo, workflowId, workflowType } from '../contracts/index.ts';
import { isOpen } from './observation.ts';
import { temporalError } from './connect-temporal.ts';
import type { TemporalAddress } from './connect-temporal.ts';

const connectMs = 3_000;

/** How long Temporal may take to say which workflows run. */
const answerMs = 15_000;

/**
 * Asks Temporal which of our workflows run, and reads the names of their runs in their histories. That of the cluster's own
 * workflow id is asked for by name: the list may be some seconds old. Reads only; never fails but when the signal aborts.
 */
export async function liveWorkflows(
  temporal: TemporalAddress,
  cluster: string,
  signal: AbortSignal,
): Promise<WorkflowAnswer> {
  try {
    const connection = await Connection.connect({ ...temporal.options, connectTimeout: connectMs });
    try {
      const client = new Client({ connection, namespace: temporal.namespace });
      const ask = (): Promise<readonly RunningWorkflow[]> => running(client, cluster);
      const workflows = await connection.withAbortSignal(signal, () =>
        connection.withDeadline(Date.now() + answerMs, ask),
      );
      return { outcome: 'answered', workflows };
    } finally {
      await connection.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    return { outcome: 'silent', observed: temporalError(error, temporal).report.observed };
  }
}

async function running(client: Client, cluster: string): Promise<readonly RunningWorkflow[]> {
  const types = Object.values(workflowType).map((type) => `'${type}'`);
  const query = `WorkflowType IN (${types.join(', ')}) AND ExecutionStatus = 'Running'`;
  const ids = new Set([workflowId(cluster)]);
  for await (const { workflowId } of client.workflow.list({ query })) ids.add(workflowId);
  const found: RunningWorkflow[] = [];
  for (const id of ids) found.push(...(await look(client, id)));
  return found;
}

async function look(client: Client, workflowId: string): Promise<readonly RunningWorkflow[]> {
  const handle = client.workflow.getHandle(workflowId);
  const description = await handle.describe().catch(noneOfThisId);
  if (description === undefined || !isOpen(description)) return [];
  const { runId, memo } = description;
  const asked = requestShape.safeParse(memo?.[requestMemo]).data?.cluster;
  const begun = await firstInput(client.workflow.getHandle(workflowId, runId));
  // Without a first step there is nothing of its yet.
  if (begun === undefined) return [];
  const input = inputShape.safeParse(begun.value).data;
  const cluster = input?.run.cluster ?? asked;
  const resumed = input?.request?.resume;
  return [
    {
      workflowId,
      ...(cluster === undefined ? {} : { cluster }),
      ...(input === undefined
        ? {}
        : { runs: [input.run.name, ...(resumed === undefined ? [] : [resumed])] }),
    },
  ];
}

const requestShape = z.looseObject({ cluster: z.string() });

const inputShape = z.looseObject({
  run: z.looseObject({ name: z.string(), cluster: z.string() }),
  request: z.looseObject({ resume: z.string().exactOptional() }).exactOptional(),
});

/** What the first step was given; `undefined` before there is one. */
async function firstInput(
  handle: WorkflowHandle,
): Promise<{ readonly value: unknown } | undefined> {
  const { events } = await handle.fetchHistory();
  for (const { activityTaskScheduledEventAttributes: step } of events ?? []) {
    if (step == null) continue;
    const payload = step.input?.payloads?.[0];
    try {
      return { value: payload == null ? undefined : defaultPayloadConverter.fromPayload(payload) };
    } catch {
      // Encrypted by a codec that only the workers have.
      return { value: undefined };
    }
  }
  return undefined;
}

function noneOfThisId(error: unknown): undefined {
  if (error instanceof Error && error.name === 'WorkflowNotFoundError') return undefined;
  throw error;
}
