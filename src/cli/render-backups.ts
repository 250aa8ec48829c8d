import { formatBytes } from '../contracts/index.ts';
import { capturedAt } from '../store/read-backups.ts';
import type { FoundBackup } from '../store/read-backups.ts';
import { alignColumns } from './align-columns.ts';
import { formatAge } from './format-age.ts';
import { formatTime } from './format-time.ts';

/** The backups of one cluster that were found, and whether those are all. */
export interface ListedBackups {
  readonly cluster: string;
  readonly found: readonly FoundBackup[];
  /** False where a store did not answer to the end. */
  readonly isWhole: boolean;
}

/** The backups of one cluster as lines for people, newest first as they come; ends with a newline. */
export function renderBackups({ cluster, found, isWhole }: ListedBackups, now: Date): string {
  if (found.length === 0) return `${cluster}: ${isWhole ? 'no backup' : 'not known'}\n`;
  const lines = alignColumns(found.map((one) => row(one, now)));
  return found.flatMap((one, index) => [lines[index] ?? '', ...remarks(one)]).join('\n') + '\n';
}

/** The same as one JSON object. */
export function backupObject(found: FoundBackup, now: Date): object {
  const { cluster, id, state, disagreements, unanswered } = found;
  const rest = { disagreements, ...(unanswered === undefined ? {} : { unanswered }) };
  if (found.state !== 'backup') {
    return { cluster, id, state, observed: found.observed, ...rest };
  }
  const { manifest, key, sha256, signature } = found;
  const captured = capturedAt(manifest);
  return {
    cluster,
    id,
    state,
    capturedAt: captured.toISOString(),
    ageSeconds: Math.floor((now.getTime() - captured.getTime()) / 1000),
    openshiftVersion: manifest.openshiftVersion,
    nodeName: manifest.node.name,
    sizeBytes: totalBytes(found),
    verification: manifest.verification,
    manifest: { key, sha256 },
    signature,
    files: manifest.files,
    ...rest,
  };
}

function row(found: FoundBackup, now: Date): string[] {
  const name = `${found.cluster}/${found.id}`;
  if (found.state === 'unreadable') return [name, `cannot be read: ${found.observed}`];
  if (found.state !== 'backup') return [name, `${found.state}: ${found.observed}`];
  const { openshiftVersion, node } = found.manifest;
  const captured = capturedAt(found.manifest);
  return [
    name,
    formatTime(captured),
    `${formatAge(now.getTime() - captured.getTime())} ago`,
    openshiftVersion,
    node.name,
    formatBytes(totalBytes(found)),
  ];
}

/** What a person should know of a backup besides, indented. */
export function remarks({ disagreements, unanswered }: FoundBackup): readonly string[] {
  return [
    ...disagreements.map((line) => `  the stores disagree: ${line}`),
    ...(unanswered === undefined ? [] : [`  not compared: ${unanswered}`]),
  ];
}

function totalBytes({ manifest }: Extract<FoundBackup, { readonly state: 'backup' }>): number {
  return manifest.files.reduce((sum, { storedSizeBytes }) => sum + storedSizeBytes, 0);
}
