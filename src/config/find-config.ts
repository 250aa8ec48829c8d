import { existsSync } from 'node:fs';

/** Where a configuration was looked for; `file` is there when one was found or asked for by name. */
export interface FoundConfig {
  readonly file?: string;
  readonly places: readonly string[];
}

/** The variable that names the file instead of `--config`. */
export const configVariable = 'ETCD_BACKUP_CONFIG';

const usualPlaces = ['./etcd-backup.yaml', '/etc/etcd-backup/etcd-backup.yaml'];

/**
 * The configuration file to load: the one asked for, else the one that `ETCD_BACKUP_CONFIG` names, else the first that
 * exists of `./etcd-backup.yaml` and `/etc/etcd-backup/etcd-backup.yaml`.
 */
export function findConfig(
  asked: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): FoundConfig {
  const named = asked ?? environment[configVariable];
  if (named !== undefined && named !== '') return { file: named, places: [named] };
  const file = usualPlaces.find((place) => existsSync(place));
  return { ...(file === undefined ? {} : { file }), places: usualPlaces };
}
