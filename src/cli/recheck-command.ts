import { userInfo } from 'node:os';

import { Command } from 'commander';

import type { Override } from '../contracts/index.ts';
import { parseCluster, parseOverride } from './run-options.ts';

interface RecheckFlags {
  readonly reason: string;
  readonly who: string;
  readonly override?: readonly Override[];
  readonly json?: true;
}

/** `etcd-backup recheck <cluster>`: ends the wait of a run. */
export function recheckCommand(): Command {
  return new Command('recheck')
    .summary('end the wait of a run')
    .description(
      'Ends the wait of the run of a cluster: its guards are evaluated again, at once. An override lets a guard that waits pass. Who and why stand in the manifest.',
    )
    .argument('<cluster>', "the cluster's name in the workers' configuration", parseCluster)
    .requiredOption('--reason <text>', 'why')
    .option('--who <name>', 'who decides it', userInfo().username)
    .option('--override <guard=reason>', 'let a guard pass that waits; repeatable', parseOverride)
    .option('--json', 'one JSON object on stdout')
    .action(async (cluster: string, flags: RecheckFlags) => {
      const { runRecheck } = await import('./run-recheck.ts');
      const { reason, who, override } = flags;
      const request = { reason, who, ...(override === undefined ? {} : { overrides: override }) };
      process.exitCode = await runRecheck(cluster, request, flags.json === true);
    });
}
