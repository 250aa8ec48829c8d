import type { Take } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';

/** What a take's directory is called; nothing else is ever removed. */
const takePattern = /^(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+\/[a-z0-9]{12}-\d+$/;

/** Removes the take's directory with all that is in it. Succeeds when it is gone already. */
export async function removeTakeDirectory(
  shell: NodeShell,
  take: Take,
  signal: AbortSignal,
): Promise<void> {
  const where = { node: take.nodeName, directory: take.directory };
  if (!takePattern.test(take.directory)) {
    throw failure('ConfigInvalid', {
      observed: 'not the directory of a take; nothing was removed',
      where,
    });
  }
  const { exitCode, stderr } = await shell.run(['rm', '-rf', '--', take.directory], { signal });
  if (exitCode !== 0) {
    throw failure('NodeUnreachable', {
      observed: `the directory could not be removed: ${stderr}`,
      where,
    });
  }
}
