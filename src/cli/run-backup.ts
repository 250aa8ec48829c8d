import type { Client } from '@temporalio/client';

import { startBackup } from '../client.ts';
import { defaultTaskQueue } from '../contracts/index.ts';
import type { BackupRequest } from '../contracts/index.ts';
import { cancelOrLeave } from './cancel-or-leave.ts';
import type { CancelOrLeave } from './cancel-or-leave.ts';
import type { TemporalAddress } from './connect-temporal.ts';
import { runReader } from './run-reader.ts';
import { exitCode } from './exit-code.ts';
import type { ExitCode } from './exit-code.ts';
import { follow } from './follow.ts';
import { readEnd } from './read-end.ts';
import { chooseReporter } from './reporter.ts';
import type { Reporter } from './reporter.ts';
import { detachedEnd, exitCodeOfEnd } from './run-end.ts';
import type { RunEnd } from './run-end.ts';
import { placeText, runPlace } from './run-place.ts';
import { withClient } from './with-client.ts';

/** Options of {@link runBackup}. */
export interface RunBackupOptions {
  readonly taskQueue?: string;
  readonly ui?: string;
  readonly json: boolean;
  readonly detach: boolean;
}

/**
 * Starts or joins a backup and follows it to its end, on a terminal, in a log or for a program. Returns the exit code that
 * tells the end.
 */
export async function runBackup(
  request: BackupRequest,
  options: RunBackupOptions,
): Promise<ExitCode> {
  const reporter = chooseReporter(request.cluster, options.json);
  const interrupt = cancelOrLeave(reporter);
  try {
    return await withClient(
      async (client, temporal) =>
        await startAndFollow(client, temporal, request, options, reporter, interrupt),
    );
  } finally {
    interrupt.stop();
  }
}

async function startAndFollow(
  client: Client,
  temporal: TemporalAddress,
  request: BackupRequest,
  { taskQueue = defaultTaskQueue, ui, detach }: RunBackupOptions,
  reporter: Reporter,
  interrupt: CancelOrLeave,
): Promise<ExitCode> {
  const { handle, joined } = await startBackup(client, request, { taskQueue });
  const place = runPlace(await handle.describe(), temporal, ui);
  const verb = joined ? 'joined the running backup of' : 'started the backup of';
  const { cluster, resume } = request;
  const from = resume === undefined ? '' : ` from the files of run ${resume}`;
  const words = `${verb} ${cluster}${from}: ${placeText(place)}`;
  reporter.say(words, { event: 'started', joined, taskQueue, ...place });
  if (detach) return exitCode.completed;

  const { signal } = interrupt;
  interrupt.follow({ joined, cancel: () => handle.cancel() });
  const reader = runReader(client, place.workflowId, signal);
  let end: RunEnd | undefined;
  for await (const view of follow(reader, { signal })) {
    reporter.show(view);
    if (!view.open) end = await readEnd(client, view, signal);
  }
  end ??= detachedEnd(interrupt.cancelling());
  reporter.end(end, place);
  return exitCodeOfEnd(end);
}
