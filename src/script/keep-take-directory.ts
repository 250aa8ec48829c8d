import type { KeptTake, Take } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { assertTakeDirectory } from './take-name.ts';
import { keptMarker } from './take-state.ts';

/**
 * Marks the take's directory to stay: no later run sweeps it, and `cleanup` removes it only when asked for kept ones. Removes
 * what a resumed upload does not need and may hold a secret: the environment file and the script's working directory. Writes
 * down what that upload needs to know. Safe to repeat; nothing happens where the take has no directory.
 *
 * @throws `ConfigInvalid`, not retryable, when it is no directory of a take; `NodeUnreachable`, retryable
 */
export async function keepTakeDirectory(
  shell: NodeShell,
  take: Take,
  kept: KeptTake | undefined,
  signal: AbortSignal,
): Promise<void> {
  assertTakeDirectory(take);
  const { exitCode, stderr } = await shell.run(
    ['sh', '-c', keep, 'sh', take.directory, keptMarker, keptRecord],
    { stdin: Buffer.from(kept === undefined ? '' : `${JSON.stringify(kept)}\n`), signal },
  );
  if (exitCode !== 0) {
    throw failure('NodeUnreachable', {
      observed: `the directory could not be marked to stay: ${stderr}`,
      where: { node: take.nodeName, directory: take.directory },
    });
  }
}

/** What {@link KeptTake} is written to, in the take's directory. */
export const keptRecord = 'kept.json';

// An empty file needs no room on a disk that is full, so that the marker is there whatever becomes of the record. The 4.3 script
// leaves private keys where it works. Nothing on stdin leaves a record as it is.
const keep = `
[ -d "$1" ] || exit 0
umask 077
cd "$1" && : > "$2" && rm -rf -- environment environment.new work || exit
cat > "$3.new" && if [ -s "$3.new" ]; then mv -f -- "$3.new" "$3"; else rm -f -- "$3.new"; fi
`;
