import { Command } from 'commander';

import { requiredConfig } from './choose-config.ts';
import { knownCluster } from './known-cluster.ts';
import { parseCluster } from './run-options.ts';

interface CleanupFlags {
  readonly nodes: boolean;
  readonly kept?: true;
  readonly yes?: true;
  readonly config?: string;
  readonly json?: true;
}

/** `etcd-backup cleanup <cluster>`: finds what dead runs left, and removes it. */
export function cleanupCommand(): Command {
  return new Command('cleanup')
    .summary('find what dead runs left on a cluster, and remove it')
    .description(
      'Lists everything of ours on a cluster and in its stores: debug pods, directories on the control plane nodes, the lease, unfinished uploads. Removes what no live run needs, once that is confirmed. To look at a node it needs a shell there: by default a debug pod, which it removes again. Ends with 4 when something is left.',
    )
    .argument('<cluster>', "the cluster's name in the configuration", parseCluster)
    .option('--no-nodes', 'leave the nodes out: no shell is opened, no debug pod made')
    .option('--kept', 'remove files as well that are marked to stay on their node')
    .option('--yes', 'remove without asking; without it and a terminal, it only lists')
    .option('--config <file>', 'the configuration file')
    .option('--json', 'one JSON object per line on stdout, the last one the result or { error }')
    .action(async (name: string, flags: CleanupFlags) => {
      const config = await requiredConfig(flags.config);
      const cluster = knownCluster(config, name);
      const { runCleanup } = await import('./run-cleanup.ts');
      process.exitCode = await runCleanup({
        config,
        name,
        cluster,
        nodes: flags.nodes,
        kept: flags.kept === true,
        yes: flags.yes === true,
        json: flags.json === true,
      });
    });
}
