import { setTimeout as sleep } from 'node:timers/promises';

import { isPassing } from './connect-temporal.ts';
import type { RunReader } from './run-reader.ts';
import { nextView } from './run-view.ts';
import type { Notice, RunView } from './run-view.ts';

/** Options of {@link follow}. */
export interface FollowOptions {
  /** Stops following; the run goes on. */
  readonly signal: AbortSignal;
  /** @default 1000 */
  readonly intervalMs?: number;
  /** How long work may lie unclaimed before somebody asks for workers. @default 5000 */
  readonly patienceMs?: number;
}

/**
 * Looks at a run until it is closed or the signal aborts; yields what it sees, the closed run last. An outage of Temporal
 * is waited out: the run itself goes on.
 */
export async function* follow(
  reader: RunReader,
  { signal, intervalMs = 1000, patienceMs = 5000 }: FollowOptions,
): AsyncGenerator<RunView, void, void> {
  let view: RunView | undefined;
  while (!signal.aborted) {
    view = await look(reader, view, patienceMs);
    if (view !== undefined) yield view;
    if (view?.open === false) return;
    await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}

async function look(
  reader: RunReader,
  before: RunView | undefined,
  patienceMs: number,
): Promise<RunView | undefined> {
  try {
    const view = nextView(before, await reader.read());
    const notice = await noWorker(reader, view, patienceMs);
    return notice === undefined ? view : { ...view, notice };
  } catch (error) {
    if (!isPassing(error)) throw error;
    return before === undefined ? undefined : { ...before, notice: silent };
  }
}

const silent: Notice = {
  code: 'temporalSilent',
  message: 'Temporal does not answer at the moment. The run goes on; this waits until it does.',
};

async function noWorker(
  reader: RunReader,
  { unclaimed }: RunView,
  patienceMs: number,
): Promise<Notice | undefined> {
  if (unclaimed === undefined || Date.now() - unclaimed.since < patienceMs) return undefined;
  if (await reader.hasWorker(unclaimed)) return undefined;
  const message = `No worker polls the task queue ${unclaimed.taskQueue}. Start one: etcd-backup worker --task-queue ${unclaimed.taskQueue}`;
  return { code: 'noWorker', message };
}
