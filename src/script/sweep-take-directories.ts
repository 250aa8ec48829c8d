import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { processState } from './process-state.ts';
import { assertBackupDirectory, takeOf } from './take-name.ts';
import { takeState } from './take-state.ts';

/**
 * Removes the directories that dead runs left below the backup directory, and returns their paths. Call it only while the
 * lease is held: then every other run is dead. Touches nothing of `run` itself, nothing that is not marked as a take of ours,
 * nothing that is marked to stay, and nothing in which a process still works; symbolic links are not followed. Safe to repeat.
 * A directory that cannot be removed is left for the next sweep.
 *
 * @throws `ConfigInvalid`, not retryable, when a name cannot be one; what {@link NodeShell} throws
 */
export async function sweepTakeDirectories(
  shell: NodeShell,
  place: { readonly backupDirectory: string; readonly run: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { backupDirectory, run } = place;
  assertBackupDirectory(backupDirectory);
  const argv = ['sh', '-c', sweep, 'sh', backupDirectory, run];
  const { exitCode, stdout, stderr } = await shell.run(argv, { signal });
  if (exitCode !== 0) {
    throw failure('NodeUnreachable', {
      observed: `the directories of dead runs could not be looked for: ${stderr}`,
      where: { node: shell.nodeName, directory: backupDirectory },
    });
  }
  return stdout
    .toString()
    .split('\n')
    .map((name) => `${backupDirectory}/${name}`)
    .filter((directory) => takeOf(directory) !== undefined);
}

const sweep = `
cd "$1" 2>/dev/null || exit 0
own=$2
${processState}
${takeState}
for name in *; do
  is_take "$name" && [ "$run" != "$own" ] && [ "$(take_state "$name")" = dead ] || continue
  rm -rf -- "$name" && echo "$name"
done
exit 0
`;
