import { setTimeout as sleep } from 'node:timers/promises';

import type { Client } from '@temporalio/client';

import { isPassing } from './connect-temporal.ts';
import { completedEnd, failedEnd } from './run-end.ts';
import type { RunEnd } from './run-end.ts';
import type { RunView } from './run-view.ts';

/** How a closed run ended; an outage of Temporal is waited out until the signal aborts, then `undefined`. */
export async function readEnd(
  client: Client,
  { workflowId, runId, leftovers }: RunView,
  signal: AbortSignal,
): Promise<RunEnd | undefined> {
  const handle = client.workflow.getHandle(workflowId, runId);
  while (!signal.aborted) {
    try {
      const result: unknown = await client.connection.withAbortSignal(signal, () =>
        handle.result(),
      );
      return completedEnd(result);
    } catch (error) {
      if (!isPassing(error)) return failedEnd(error, leftovers);
      await sleep(1000, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}
