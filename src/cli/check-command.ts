import { Command, Option } from 'commander';

import type { CheckRequest, Override } from '../contracts/index.ts';
import { optionalConfig, requiredConfig } from './choose-config.ts';
import { knownCluster } from './known-cluster.ts';
import { parseCluster, parseOverride } from './run-options.ts';

interface CheckFlags {
  readonly node?: string;
  readonly override?: readonly Override[];
  readonly onNode?: true;
  readonly viaWorker?: true;
  readonly taskQueue?: string;
  readonly manual?: true;
  readonly config?: string;
  readonly json?: true;
}

/** `etcd-backup check <cluster>`: says what a backup would do, and whether it may. */
export function checkCommand(): Command {
  return new Command('check')
    .summary('say what a backup would do, and whether it may')
    .description(
      'Reads the cluster and prints every guard with its evidence, the node, the pod, the files and what is missing. Creates nothing there, unless --on-node is given. Needs neither Temporal nor a worker.',
    )
    .argument('<cluster>', "the cluster's name in the configuration", parseCluster)
    .option('--node <name>', 'the control plane node to take the snapshot on')
    .option(
      '--override <guard=reason>',
      'let a guard pass that refused, and say why; repeatable',
      parseOverride,
    )
    .option(
      '--on-node',
      'also open a debug session on the node, ask what only the node knows, and end it',
    )
    .addOption(
      new Option(
        '--manual',
        'print the commands with which a person would do this backup by hand',
      ).conflicts('json'),
    )
    .option('--via-worker', 'let a worker look, from where it runs')
    .option('--task-queue <name>', "with --via-worker: the workflow's task queue")
    .option('--config <file>', 'the configuration file')
    .option('--json', 'print the plan as one JSON object, or { error }')
    .action(async (cluster: string, flags: CheckFlags, command: Command) => {
      if (flags.taskQueue !== undefined && flags.viaWorker !== true) {
        command.error("error: option '--task-queue <name>' is of use with '--via-worker' only");
      }
      const { viaWorker, config: file } = flags;
      const config = await (viaWorker ? optionalConfig(file) : requiredConfig(file));
      const known = config === undefined ? undefined : knownCluster(config, cluster);
      const { runCheck } = await import('./run-check.ts');
      const taskQueue = flags.taskQueue ?? config?.taskQueue;
      process.exitCode = await runCheck(requestOf(cluster, flags), {
        ...(config === undefined ? {} : { config }),
        ...(known === undefined ? {} : { cluster: known }),
        ...(taskQueue === undefined ? {} : { taskQueue }),
        viaWorker: viaWorker === true,
        print: flags.json ? 'json' : flags.manual ? 'manual' : 'plan',
      });
    });
}

function requestOf(cluster: string, { node, override, onNode }: CheckFlags): CheckRequest {
  return {
    cluster,
    ...(node === undefined ? {} : { node }),
    ...(override === undefined ? {} : { overrides: override }),
    ...(onNode === undefined ? {} : { onNode }),
  };
}
