import { Command, InvalidArgumentError, Option } from 'commander';

import { durationMs } from '../contracts/index.ts';
import { optionalConfig, requiredConfig } from './choose-config.ts';
import { knownCluster } from './known-cluster.ts';
import { knownStore } from './known-store.ts';
import { parseCluster } from './run-options.ts';

interface ListFlags {
  readonly olderThan?: number;
  readonly from?: string;
  readonly all?: true;
  readonly runs?: true;
  readonly limit: number;
  readonly config?: string;
  readonly json?: true;
}

/** What `--from` means, to `show` too. */
export const fromWords =
  'look in this store, such as that of a copy, instead of in the first place';

/** `etcd-backup list [<cluster>]`: what backups there are, by their manifests; or what runs there were. */
export function listCommand(): Command {
  return new Command('list')
    .summary('list backups, or runs')
    .description(
      'Lists the backups of a cluster, or of every cluster of the configuration, newest first, from the manifests in their stores. Needs neither Temporal nor the cluster. With --runs it lists runs instead, from Temporal alone.',
    )
    .argument('[cluster]', "the cluster's name in the configuration", parseCluster)
    .addOption(
      new Option(
        '--older-than <duration>',
        'end with 1 where the newest whole backup of a cluster is older, such as 26h, or there is none',
      )
        .argParser(parseAge)
        .conflicts('runs'),
    )
    .addOption(new Option('--from <store>', fromWords).conflicts('runs'))
    .addOption(
      new Option(
        '--all',
        'list folders without a manifest as well: unfinished or failed',
      ).conflicts('runs'),
    )
    .option('--runs', 'list the runs that Temporal knows, instead of backups')
    .addOption(
      new Option('--limit <number>', 'with --runs: list this many at most')
        .argParser(parseLimit)
        .default(50),
    )
    .option('--config <file>', 'the configuration file')
    .option('--json', 'one JSON object per line on stdout')
    .action(async (name: string | undefined, flags: ListFlags) => {
      const json = flags.json === true;
      if (flags.runs === true) {
        const config = await optionalConfig(flags.config);
        if (config !== undefined && name !== undefined) knownCluster(config, name);
        const { listRuns } = await import('./list-runs.ts');
        process.exitCode = await listRuns(name, { limit: flags.limit, json });
        return;
      }
      const config = await requiredConfig(flags.config);
      if (name !== undefined) knownCluster(config, name);
      if (flags.from !== undefined) knownStore(config, flags.from, '--from');
      const { listBackups } = await import('./list-backups.ts');
      process.exitCode = await listBackups(config, {
        clusters: name === undefined ? Object.keys(config.clusters) : [name],
        ...(flags.olderThan === undefined ? {} : { olderThanMs: flags.olderThan }),
        ...(flags.from === undefined ? {} : { from: flags.from }),
        all: flags.all === true,
        json,
      });
    });
}

function parseAge(text: string): number {
  const ms = durationMs(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidArgumentError('Expected a duration such as 90m, 26h or 2d.');
}

function parseLimit(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number from 1 on.');
}
