import type { Take } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';

/** What a take's directory is called; nothing else is ever made, marked or removed. */
const takePattern = /^(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+\/([a-z0-9]{12})-(\d{1,9})$/;

/** What the directory of a backup on a node may be called. */
const backupDirectoryPattern = /^(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$/;

/** Whose a take's directory is, by its name; `undefined` where it is no take's. */
export function takeOf(
  directory: string,
): { readonly run: string; readonly take: number } | undefined {
  const [, run, number] = takePattern.exec(directory) ?? [];
  return run === undefined ? undefined : { run, take: Number(number) };
}

/**
 * Lets only directories of takes through, and says whose it is.
 *
 * @throws `ConfigInvalid`, not retryable
 */
export function assertTakeDirectory({
  nodeName,
  directory,
}: Pick<Take, 'nodeName' | 'directory'>): { readonly run: string; readonly take: number } {
  const owner = takeOf(directory);
  if (owner !== undefined) return owner;
  throw failure('ConfigInvalid', {
    observed: 'not the directory of a take; nothing was done',
    where: { node: nodeName, directory },
  });
}

/**
 * Lets only what can be a backup directory through.
 *
 * @throws `ConfigInvalid`, not retryable
 */
export function assertBackupDirectory(directory: string): void {
  if (backupDirectoryPattern.test(directory)) return;
  throw failure('ConfigInvalid', {
    observed: 'not the backup directory of a node; nothing was done',
    where: { directory },
  });
}
