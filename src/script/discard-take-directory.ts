import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { processState } from './process-state.ts';
import { assertTakeDirectory } from './take-name.ts';
import { takeState } from './take-state.ts';

/** How discarding ended; but for `removed`, nothing was touched: it is now foreign, alive, or kept. */
export type DiscardResult = 'removed' | 'foreign' | 'alive' | 'kept';

/**
 * Removes the directory of a dead run's take, looked at once more; one that is marked to stay only with `kept`. Succeeds when
 * it is gone already.
 *
 * @throws `ConfigInvalid`, not retryable, when it is no directory of a take; `NodeUnreachable`, retryable
 */
export async function discardTakeDirectory(
  shell: NodeShell,
  { directory, kept }: { readonly directory: string; readonly kept: boolean },
  signal: AbortSignal,
): Promise<DiscardResult> {
  const where = { nodeName: shell.nodeName, directory };
  assertTakeDirectory(where);
  const at = directory.lastIndexOf('/');
  const [parent, name] = [directory.slice(0, at), directory.slice(at + 1)];
  const argv = ['sh', '-c', discard, 'sh', parent, name, kept ? 'kept' : 'dead'];
  const { exitCode, stdout, stderr } = await shell.run(argv, { signal });
  const result = results.find((word) => word === stdout.toString().trim());
  if (exitCode === 0 && result !== undefined) return result;
  throw failure('NodeUnreachable', {
    observed: `the directory could not be removed: ${stderr}`,
    where: { node: shell.nodeName, directory },
  });
}

const results = ['removed', 'foreign', 'alive', 'kept'] as const;

const discard = `
cd "$1" 2>/dev/null || { echo removed; exit 0; }
${processState}
${takeState}
is_take "$2" || exit 1
[ -e "$2" ] || [ -L "$2" ] || { echo removed; exit 0; }
state=$(take_state "$2")
if [ "$state" != dead ] && [ "$state" != "$3" ]; then echo "$state"; exit 0; fi
rm -rf -- "$2" && echo removed
`;
