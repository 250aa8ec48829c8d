import type { Config } from '../config/config.ts';
import { readBackups } from '../store/read-backups.ts';
import type { BackupStores, FoundBackup } from '../store/read-backups.ts';
import { backupStores, otherStores } from './backup-stores.ts';
import { exitCode } from './exit-code.ts';
import type { ExitCode } from './exit-code.ts';
import { keysToTrust, untrustedNextStep } from './keys-to-trust.ts';
import { readingFailure } from './reading-failure.ts';
import { remarks } from './render-backups.ts';
import { renderManifest } from './render-manifest.ts';
import { CommandError } from './reported-error.ts';

/** Which backup is to be shown. */
export interface WantedBackup {
  readonly cluster: string;
  /** Or `latest`. */
  readonly id: string;
  /** The store to look in, instead of those that the configuration names first. */
  readonly from?: string;
}

/**
 * Prints one backup: for people in words, for programs the bytes of its manifest as they are stored. `latest` is the newest
 * whose manifest can be read and trusted; newer ones that cannot be trusted are named. Where the stores disagree, that is said
 * on stderr.
 *
 * @throws {ConfigError} where a key that is to be trusted cannot be used
 */
export async function showBackup(
  config: Config,
  { cluster, id, from }: WantedBackup,
  json: boolean,
): Promise<ExitCode> {
  const trustedKeys = await keysToTrust(config);
  const stores = { ...backupStores(config, cluster, from), trustedKeys };
  const others = otherStores(config, cluster, stores.snapshot.name);
  const found = await find(stores, others, cluster, id);
  if (found?.state !== 'backup') throw notThere(`${cluster}/${id}`, found);
  const { bytes, manifest } = found;
  const { snapshot, staticKubeResources } = stores;
  const readFrom = { stores: [snapshot.name, staticKubeResources.name], now: new Date() };
  process.stdout.write(json ? bytes : renderManifest(found, manifest, readFrom));
  for (const line of remarks(found)) process.stderr.write(`${line.trim()}\n`);
  return exitCode.completed;
}

async function find(
  stores: BackupStores,
  others: readonly string[],
  cluster: string,
  id: string,
): Promise<FoundBackup | undefined> {
  const { signal } = new AbortController();
  try {
    for await (const found of readBackups(stores, cluster, signal)) {
      if (id === 'latest' ? found.state === 'backup' : found.id === id) return found;
      if (id === 'latest' && found.state === 'untrusted') {
        process.stderr.write(`passed over ${cluster}/${found.id}, untrusted: ${found.observed}\n`);
      }
    }
    return undefined;
  } catch (error) {
    const report = readingFailure(error, others);
    if (report.type !== 'StoreUnavailable') throw error;
    throw new CommandError(report, exitCode.failed, { cause: error });
  }
}

function notThere(name: string, found: FoundBackup | undefined): CommandError {
  const nextStep = 'Look at what there is: `etcd-backup list --all`.';
  if (found === undefined || found.state === 'backup') {
    const observed = `${name}: no such backup in the stores of the configuration`;
    return new CommandError({ type: 'BackupNotFound', observed, nextStep }, exitCode.failed);
  }
  const observed = `${name} is ${found.state}: ${found.observed}`;
  if (found.state === 'untrusted') {
    const report = { type: 'BackupUntrusted', observed, nextStep: untrustedNextStep };
    return new CommandError(report, exitCode.failed);
  }
  const type = found.state === 'unreadable' ? 'ManifestInvalid' : 'BackupNotFound';
  return new CommandError({ type, observed, nextStep }, exitCode.failed);
}
