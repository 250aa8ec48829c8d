import { Command } from 'commander';

import { followOptions, followRequest } from './follow-request.ts';
import {
  parseCluster,
  parseDeadline,
  parseLabel,
  parseOverride,
  requestOf,
} from './run-options.ts';
import type { RunFlags } from './run-options.ts';

/** `etcd-backup run <cluster>`: asks for one backup and follows it. */
export function runCommand(): Command {
  const command = new Command('run')
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
    .option('--label <name=value>', 'free text for the manifest; repeatable', parseLabel);
  return followOptions(command).action(async (cluster: string, flags: RunFlags) => {
    await followRequest(requestOf(cluster, flags), flags);
  });
}
