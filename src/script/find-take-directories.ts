import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { processState } from './process-state.ts';
import { assertBackupDirectory, takeOf } from './take-name.ts';
import { takeState } from './take-state.ts';

/** A directory of a take, as it was found on a node. */
export interface FoundTake {
  /** Absolute, on the node. */
  readonly directory: string;
  /** The run's name. */
  readonly run: string;
  readonly take: number;
  /** `alive`: its script, or something else, works in it. `kept`: marked to stay. */
  readonly state: 'alive' | 'kept' | 'dead';
  readonly sizeBytes: number;
  /** ISO 8601, UTC: when its last entry was made. */
  readonly changedAt: string;
}

/**
 * Lists the directories below the backup directory that are marked as takes of ours. Changes nothing on the node.
 *
 * @throws `ConfigInvalid`, not retryable, when a name cannot be one; `NodeUnreachable`, retryable
 */
export async function findTakeDirectories(
  shell: NodeShell,
  backupDirectory: string,
  signal: AbortSignal,
): Promise<readonly FoundTake[]> {
  assertBackupDirectory(backupDirectory);
  const argv = ['sh', '-c', find, 'sh', backupDirectory];
  const { exitCode, stdout, stderr } = await shell.run(argv, { signal });
  if (exitCode !== 0) {
    throw failure('NodeUnreachable', {
      observed: `the directories of runs could not be listed: ${stderr}`,
      where: { node: shell.nodeName, directory: backupDirectory },
    });
  }
  return stdout
    .toString()
    .split('\n')
    .flatMap((line) => foundTake(backupDirectory, line));
}

function foundTake(backupDirectory: string, line: string): readonly FoundTake[] {
  const [state, changed, kib, name] = line.split(' ');
  const directory = `${backupDirectory}/${name}`;
  const owner = takeOf(directory);
  if (owner === undefined || !isState(state)) return [];
  const changedAt = new Date(Number(changed) * 1000).toISOString();
  return [{ directory, ...owner, state, sizeBytes: Number(kib) * 1024, changedAt }];
}

const states = ['alive', 'kept', 'dead'] as const;

function isState(word: string | undefined): word is FoundTake['state'] {
  return states.some((state) => state === word);
}

const find = `
cd "$1" 2>/dev/null || exit 0
${processState}
${takeState}
for name in *; do
  is_take "$name" || continue
  state=$(take_state "$name")
  [ "$state" = foreign ] && continue
  size=$(du -sk -- "$name" 2>/dev/null | { read -r kib _; echo "$kib"; })
  echo "$state $(stat -c %Y -- "$name") \${size:-0} $name"
done
exit 0
`;
