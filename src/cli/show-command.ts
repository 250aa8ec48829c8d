import { Command, InvalidArgumentError } from 'commander';

import { clusterNamePattern } from '../store/layout.ts';
import { requiredConfig } from './choose-config.ts';
import { knownCluster } from './known-cluster.ts';
import { knownStore } from './known-store.ts';
import { fromWords } from './list-command.ts';

interface ShowFlags {
  readonly from?: string;
  readonly config?: string;
  readonly json?: true;
}

interface BackupName {
  readonly cluster: string;
  /** An id, or `latest`. */
  readonly id: string;
}

/** `etcd-backup show <cluster>/<id>`: one backup, by its manifest. */
export function showCommand(): Command {
  return new Command('show')
    .summary('show one backup')
    .description(
      'Shows what one backup is, where its files are, how they were proven and how they are restored, from its manifest. Needs neither Temporal nor the cluster.',
    )
    .argument('<backup>', '<cluster>/<id> as list prints it, or <cluster>/latest', parseBackup)
    .option('--from <store>', fromWords)
    .option('--config <file>', 'the configuration file')
    .option('--json', "the manifest's own bytes on stdout")
    .action(async ({ cluster, id }: BackupName, flags: ShowFlags) => {
      const config = await requiredConfig(flags.config);
      knownCluster(config, cluster);
      const { from } = flags;
      if (from !== undefined) knownStore(config, from, '--from');
      const { showBackup } = await import('./show-backup.ts');
      const wanted = { cluster, id, ...(from === undefined ? {} : { from }) };
      process.exitCode = await showBackup(config, wanted, flags.json === true);
    });
}

function parseBackup(text: string): BackupName {
  const [cluster = '', id = '', ...more] = text.split('/');
  const isName =
    clusterNamePattern.test(cluster) && /^(latest|\d{8}T\d{6}Z-[a-z0-9]{12})$/.test(id);
  if (isName && more.length === 0) return { cluster, id };
  throw new InvalidArgumentError('Expected <cluster>/<id> as list prints it, or <cluster>/latest.');
}
