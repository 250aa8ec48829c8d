import { Command, Option } from 'commander';

import { optionalConfig } from './choose-config.ts';
import { knownCluster } from './known-cluster.ts';
import {
  parseCluster,
  parseDeadline,
  parseLabel,
  parseOverride,
  parseUrl,
  requestOf,
} from './run-options.ts';
import type { RunFlags } from './run-options.ts';

/** `etcd-backup run <cluster>`: asks for one backup and follows it. */
export function runCommand(): Command {
  return new Command('run')
    .summary('back up a cluster and follow the run')
    .description(
      'Asks the workers to back up a cluster, or joins the run of the same request, and shows its steps until it ends.',
    )
    .argument('<cluster>', "the cluster's name in the workers' configuration", parseCluster)
    .option('--node <name>', 'the control plane node to take the snapshot on')
    .option(
      '--override <guard=reason>',
      'let a guard pass that refused, and say why; repeatable',
      parseOverride,
    )
    .option('--deadline <duration>', 'how long the run may take, such as 90m or 24h', parseDeadline)
    .option('--label <name=value>', 'free text for the manifest; repeatable', parseLabel)
    .option('--task-queue <name>', "the workflow's task queue")
    .option('--config <file>', 'the configuration file')
    .addOption(
      new Option('--ui <url>', "the Temporal UI's address, to print a link to the run")
        .env('ETCD_BACKUP_UI')
        .argParser(parseUrl),
    )
    .option('--detach', 'start the run and return at once')
    .option('--json', 'one JSON object per line on stdout, the last one the result or { error }')
    .action(async (cluster: string, flags: RunFlags) => {
      const config = await optionalConfig(flags.config);
      if (config !== undefined) knownCluster(config, cluster);
      const taskQueue = flags.taskQueue ?? config?.taskQueue;
      const { runBackup } = await import('./run-backup.ts');
      process.exitCode = await runBackup(requestOf(cluster, flags), {
        ...(taskQueue === undefined ? {} : { taskQueue }),
        ...(flags.ui === undefined ? {} : { ui: flags.ui }),
        json: flags.json === true,
        detach: flags.detach === true,
      });
    });
}
