import type { Take } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { assertTakeDirectory } from './take-name.ts';

/**
 * Removes the take's directory with all that is in it. Succeeds when it is gone already.
 *
 * @throws `ConfigInvalid`, not retryable, when it is no directory of a take; `NodeUnreachable`, retryable
 */
export async function removeTakeDirectory(
  shell: NodeShell,
  take: Take,
  signal: AbortSignal,
): Promise<void> {
  assertTakeDirectory(take);
  const { exitCode, stderr } = await shell.run(['rm', '-rf', '--', take.directory], { signal });
  if (exitCode !== 0) {
    throw failure('NodeUnreachable', {
      observed: `the directory could not be removed: ${stderr}`,
      where: { node: take.nodeName, directory: take.directory },
    });
  }
}
