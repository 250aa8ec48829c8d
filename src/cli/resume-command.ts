import { Argument, Command, InvalidArgumentError } from 'commander';

import { followOptions, followRequest } from './follow-request.ts';
import { parseCluster, parseDeadline, parseOverride, requestOf } from './run-options.ts';
import type { RunFlags } from './run-options.ts';

/** `etcd-backup resume <cluster> <run name>`: goes on with the files that a run kept on its node, and follows that. */
export function resumeCommand(): Command {
  const command = new Command('resume')
    .summary('store the files that a failed run kept on its node')
    .description(
      'Starts a run that finds the verified files which an earlier run kept on their node, continues its uploads, and completes the backup.',
    )
    .argument('<cluster>', "the cluster's name in the workers' configuration", parseCluster)
    .addArgument(
      new Argument('<run name>', 'the name of the run that kept them, 12 characters').argParser(
        parseRunName,
      ),
    )
    .option(
      '--node <name>',
      'the node that has them; without it, every control plane node is asked',
    )
    .option(
      '--override <guard=reason>',
      'let a guard pass that refused, and say why; repeatable',
      parseOverride,
    )
    .option(
      '--deadline <duration>',
      'how long the run may take, such as 90m or 24h',
      parseDeadline,
    );
  return followOptions(command).action(async (cluster: string, resume: string, flags: RunFlags) => {
    await followRequest({ ...requestOf(cluster, flags), resume }, flags);
  });
}

function parseRunName(text: string): string {
  if (/^[a-z0-9]{12}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected the name of a run: 12 of a-z and 0-9.');
}
