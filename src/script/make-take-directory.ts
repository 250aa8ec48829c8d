import type { Take } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { assertTakeDirectory } from './take-name.ts';
import { ownerLine, ownerMarker } from './take-state.ts';

/**
 * Makes the take's directory, 0700, and what leads to it, and marks it as ours, so that a later run may sweep it. Safe to
 * repeat.
 *
 * @throws `NodeDiskFull`, `NodeUnfit`, not retryable; `ConfigInvalid`, not retryable, when it is no directory of a take
 */
export async function makeTakeDirectory(
  shell: NodeShell,
  take: Take,
  signal: AbortSignal,
): Promise<void> {
  const line = ownerLine(assertTakeDirectory(take));
  const { exitCode, stderr } = await shell.run(
    ['sh', '-c', make, 'sh', take.directory, ownerMarker, line],
    { signal },
  );
  if (exitCode === 0) return;
  const full = /no space left|quota exceeded/i.test(stderr);
  throw failure(full ? 'NodeDiskFull' : 'NodeUnfit', {
    observed: `the take's directory could not be made: ${stderr}`,
    where: { node: take.nodeName, directory: take.directory },
  });
}

// Written aside first: a marker without its line is nobody's. Two attempts that overlap write the same.
const make = `
mkdir -p -m 0700 "$1" && cd "$1" || exit 1
printf '%s\\n' "$3" > "$2.$$" && mv "$2.$$" "$2"
`;
