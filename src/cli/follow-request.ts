import { Option } from 'commander';
import type { Command } from 'commander';

import type { BackupRequest } from '../contracts/index.ts';
import { optionalConfig } from './choose-config.ts';
import { knownCluster } from './known-cluster.ts';
import { parseUrl } from './run-options.ts';
import type { RunFlags } from './run-options.ts';

/** The options of every command that starts a run and follows it. */
export function followOptions(command: Command): Command {
  return command
    .option('--task-queue <name>', "the workflow's task queue")
    .option('--config <file>', 'the configuration file')
    .addOption(
      new Option('--ui <url>', "the Temporal UI's address, to print a link to the run")
        .env('ETCD_BACKUP_UI')
        .argParser(parseUrl),
    )
    .option('--detach', 'start the run and return at once')
    .option('--json', 'one JSON object per line on stdout, the last one the result or { error }');
}

/** Asks the workers for this run, and follows it to its end; the exit code tells that. */
export async function followRequest(request: BackupRequest, flags: RunFlags): Promise<void> {
  const config = await optionalConfig(flags.config);
  if (config !== undefined) knownCluster(config, request.cluster);
  const taskQueue = flags.taskQueue ?? config?.taskQueue;
  const { runBackup } = await import('./run-backup.ts');
  process.exitCode = await runBackup(request, {
    ...(taskQueue === undefined ? {} : { taskQueue }),
    ...(flags.ui === undefined ? {} : { ui: flags.ui }),
    json: flags.json === true,
    detach: flags.detach === true,
  });
}
