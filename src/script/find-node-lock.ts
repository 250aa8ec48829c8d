import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { lockState } from './lock-state.ts';
import { assertBackupDirectory } from './take-name.ts';

/** The lock of a node, as it was found. */
export interface FoundLock {
  /** Absolute, on the node. */
  readonly path: string;
  /** The run that holds it. */
  readonly run: string;
  readonly isExpired: boolean;
}

/**
 * Reads who holds the lock of a node; `undefined` where nobody does. Changes nothing on the node.
 *
 * @throws `ConfigInvalid`, not retryable, when the directory cannot be one; `NodeUnreachable`, retryable
 */
export async function findNodeLock(
  shell: NodeShell,
  backupDirectory: string,
  signal: AbortSignal,
): Promise<FoundLock | undefined> {
  assertBackupDirectory(backupDirectory);
  const argv = ['sh', '-c', find, 'sh', backupDirectory];
  const { exitCode, stdout, stderr } = await shell.run(argv, { signal });
  const path = `${backupDirectory}/.lock`;
  if (exitCode !== 0) {
    throw failure('NodeUnreachable', {
      observed: `the lock on the node could not be read: ${stderr}`,
      where: { node: shell.nodeName, path },
    });
  }
  const [, held = '', state] = /^([a-z0-9]{12}) (held|expired)\n$/.exec(stdout.toString()) ?? [];
  return held === '' ? undefined : { path, run: held, isExpired: state === 'expired' };
}

const find = `
cd "$1" 2>/dev/null || exit 0
${lockState}
lock_holder
[ -z "$holder" ] || echo "$holder $held"
exit 0
`;
