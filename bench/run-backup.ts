import { readdir, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { startBackup, stepOf } from '../src/index.ts';
import type { BackupResult, BackupWorkflow, Step } from '../src/index.ts';
import type { WorkflowHandle } from '@temporalio/client';

import type { Lab } from '../lab/index.ts';
import { clusterOf } from './config-text.ts';
import type { BenchScene } from './scene.ts';

/** A backup that completed, with the moments that count, in milliseconds since the epoch. */
export interface TimedBackup {
  readonly result: BackupResult;
  /** When the vendor's script wrote its exit code. */
  readonly scriptEndedAt: number;
  /** When the step that writes the manifest had ended. */
  readonly committedAt: number;
  /** How long each step took, from its schedule to its end, in seconds. */
  readonly stepSeconds: Readonly<Partial<Record<Step, number>>>;
}

/**
 * Runs a backup of the side's cluster to its end.
 *
 * @throws `Error` when it leaves anything behind; what the workflow fails with
 */
export async function runBackup(
  { lab, client, signal }: Pick<BenchScene, 'lab' | 'client' | 'signal'>,
  side: string,
): Promise<TimedBackup> {
  const { handle } = await startBackup(client, { cluster: clusterOf(side) });
  const ended = client.withAbortSignal(signal, async () => await handle.result());
  const scriptEndedAt = await scriptEndOf(lab, ended, signal);
  const result = await ended;
  if (result.outcome !== 'completed') {
    throw new Error(`a backup left something behind: ${JSON.stringify(result.leftovers)}`);
  }
  const times = await stepTimes(handle);
  const committedAt = times.get('commitBackup')?.endedAt ?? Number.NaN;
  const stepSeconds = Object.fromEntries(
    [...times].map(([step, { scheduledAt, endedAt }]) => [step, (endedAt - scheduledAt) / 1000]),
  );
  return { result, scriptEndedAt, committedAt, stepSeconds };
}

/** The seconds from the script's end to the committed manifest. */
export function transferSeconds({ scriptEndedAt, committedAt }: TimedBackup): number {
  return (committedAt - scriptEndedAt) / 1000;
}

/** When the script of the one run that there is ended; rejects when the run ends before. */
async function scriptEndOf(
  lab: Lab,
  run: Promise<BackupResult>,
  signal: AbortSignal,
): Promise<number> {
  const stop = new AbortController();
  try {
    return await Promise.race([
      scriptEnd(lab, AbortSignal.any([signal, stop.signal])),
      run.then(() => {
        throw new Error('the run ended before its script was seen to end');
      }),
    ]);
  } finally {
    stop.abort();
  }
}

const takes = '/var/home/core/assets/backup';

/** The directory of a take lies there until its run ends. */
async function scriptEnd(lab: Lab, signal: AbortSignal): Promise<number> {
  const directory = lab.nodePath(takes);
  for (;;) {
    for (const take of await readdir(directory).catch(() => [])) {
      const exitCode = await stat(`${directory}/${take}/script/exit-code`).catch(() => undefined);
      if (exitCode !== undefined) return exitCode.mtimeMs;
    }
    await delay(20, undefined, { signal });
  }
}

interface StepTimes {
  readonly scheduledAt: number;
  readonly endedAt: number;
}

async function stepTimes(
  handle: WorkflowHandle<BackupWorkflow>,
): Promise<ReadonlyMap<Step, StepTimes>> {
  const { events } = await handle.fetchHistory();
  const scheduled = new Map<string, { readonly step: Step; readonly at: number }>();
  const times = new Map<Step, StepTimes>();
  for (const event of events ?? []) {
    const at = Number(event.eventTime?.seconds) * 1000 + Number(event.eventTime?.nanos) / 1e6;
    const step = stepOf(event.activityTaskScheduledEventAttributes?.activityType?.name ?? '');
    if (step !== undefined) scheduled.set(String(event.eventId), { step, at });
    const completed = event.activityTaskCompletedEventAttributes?.scheduledEventId;
    const begun = scheduled.get(String(completed));
    if (begun !== undefined) times.set(begun.step, { scheduledAt: begun.at, endedAt: at });
  }
  return times;
}
