import type { Config } from '../config/config.ts';
import { capturedAt, readBackups } from '../store/read-backups.ts';
import type { BackupStores, FoundBackup } from '../store/read-backups.ts';
import { backupStores, otherStores } from './backup-stores.ts';
import { exitCode } from './exit-code.ts';
import type { ExitCode } from './exit-code.ts';
import { formatAge } from './format-age.ts';
import { keysToTrust, untrustedNextStep } from './keys-to-trust.ts';
import { readingFailure } from './reading-failure.ts';
import { backupObject, renderBackups } from './render-backups.ts';

/** Options of {@link listBackups}. */
export interface ListBackupsOptions {
  readonly clusters: readonly string[];
  /** The newest whole backup of each cluster must not be older. */
  readonly olderThanMs?: number;
  /** The store to look in, instead of those that the configuration names first. */
  readonly from?: string;
  /** Folders without a manifest as well. */
  readonly all: boolean;
  readonly json: boolean;
}

/**
 * Prints the backups of the clusters, newest first. A store that does not answer ends the list of its cluster, not that of the
 * others. Returns 1 where that happened, or where a cluster has no whole backup that is young enough, or, where nobody asked
 * for their age, one that is not trusted.
 *
 * @throws {ConfigError} where a key that is to be trusted cannot be used
 */
export async function listBackups(config: Config, options: ListBackupsOptions): Promise<ExitCode> {
  const trustedKeys = await keysToTrust(config);
  let code: ExitCode = exitCode.completed;
  for (const cluster of options.clusters) {
    const stores = { ...backupStores(config, cluster, options.from), trustedKeys };
    const others = otherStores(config, cluster, stores.snapshot.name);
    const complaint = await listCluster(cluster, stores, others, options);
    if (complaint === undefined) continue;
    code = exitCode.failed;
    process.stderr.write(`${cluster}: ${complaint.observed}\n`);
    if (options.json) print({ error: { cluster, ...complaint } });
  }
  return code;
}

interface Complaint {
  /** Of the failure catalogue, `BackupTooOld` or `BackupUntrusted`. */
  readonly type: string;
  readonly observed: string;
  readonly nextStep: string;
}

async function listCluster(
  cluster: string,
  stores: BackupStores,
  others: readonly string[],
  { olderThanMs, all, json }: ListBackupsOptions,
): Promise<Complaint | undefined> {
  const now = new Date();
  const found: FoundBackup[] = [];
  try {
    for await (const one of readBackups(stores, cluster, new AbortController().signal)) {
      if (!all && isNoise(one)) continue;
      if (json) print(backupObject(one, now));
      found.push(one);
    }
  } catch (error) {
    if (!json) process.stdout.write(renderBackups({ cluster, found, isWhole: false }, now));
    const { type, observed, nextStep } = readingFailure(error, others);
    return { type, observed, nextStep };
  }
  if (!json) process.stdout.write(renderBackups({ cluster, found, isWhole: true }, now));
  return olderThanMs === undefined ? untrusted(found) : tooOld(found, now, olderThanMs);
}

/** A folder of a run that goes on, or died; but where the stores disagree about it, somebody should know. */
function isNoise({ state, disagreements }: FoundBackup): boolean {
  return (state === 'unfinished' || state === 'failed') && disagreements.length === 0;
}

function untrusted(found: readonly FoundBackup[]): Complaint | undefined {
  const ids = found.flatMap(({ state, id }) => (state === 'untrusted' ? [id] : []));
  if (ids.length === 0) return undefined;
  const observed = `${ids.length === 1 ? 'a backup is' : `${ids.length} backups are`} not trusted: ${ids.join(', ')}`;
  return { type: 'BackupUntrusted', observed, nextStep: untrustedNextStep };
}

/** Age is counted from what was captured, and only a backup whose files are all there counts. */
function tooOld(
  found: readonly FoundBackup[],
  now: Date,
  olderThanMs: number,
): Complaint | undefined {
  const ages = found
    .flatMap((one) =>
      one.state === 'backup' && one.disagreements.length === 0 ? [one.manifest] : [],
    )
    .map((manifest) => now.getTime() - capturedAt(manifest).getTime());
  const youngest = Math.min(...ages);
  if (youngest <= olderThanMs) return undefined;
  const expected = `expected one of the last ${formatAge(olderThanMs)}`;
  const observed =
    ages.length === 0
      ? `there is no whole backup, ${expected}`
      : `the newest whole backup is ${formatAge(youngest)} old, ${expected}`;
  const nextStep = 'Look at the runs: `etcd-backup list --runs`.';
  return { type: 'BackupTooOld', observed, nextStep };
}

function print(object: object): void {
  process.stdout.write(`${JSON.stringify(object)}\n`);
}
