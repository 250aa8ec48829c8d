import type { Take } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';

/**
 * Makes the take's directory, 0700, and what leads to it. Safe to repeat.
 *
 * @throws `NodeDiskFull`, `NodeUnfit`, not retryable
 */
export async function makeTakeDirectory(
  shell: NodeShell,
  take: Take,
  signal: AbortSignal,
): Promise<void> {
  const { exitCode, stderr } = await shell.run(['mkdir', '-p', '-m', '0700', take.directory], {
    signal,
  });
  if (exitCode === 0) return;
  const full = /no space left|quota exceeded/i.test(stderr);
  throw failure(full ? 'NodeDiskFull' : 'NodeUnfit', {
    observed: `the take's directory could not be made: ${stderr}`,
    where: { node: take.nodeName, directory: take.directory },
  });
}
