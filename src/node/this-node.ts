import { hostname } from 'node:os';

import { failure } from '../contracts/failures.ts';

/**
 * Refuses unless this process runs as root on the machine that is the node: its host name is the node's, or one of the two
 * is the first label of the other.
 *
 * @throws `NodeUnfit`, not retryable: this worker reaches no other node; `ConfigInvalid`, not retryable, without root
 */
export function requireThisNode(
  nodeName: string,
  {
    name = hostname(),
    uid = process.getuid?.(),
  }: { readonly name?: string; readonly uid?: number | undefined } = {},
): void {
  if (!isSameHost(nodeName, name.toLowerCase())) {
    throw failure('NodeUnfit', {
      observed: `access is local, and the worker runs on ${name}, expected ${nodeName}`,
      nextStep: `Name this worker's node in the request or the configuration, or run the worker on ${nodeName}.`,
    });
  }
  if (uid !== 0) {
    throw failure('ConfigInvalid', {
      observed: `access is local, and the worker runs as uid ${uid}, expected root`,
      nextStep: 'Run the worker as root on the node, or use ssh.',
    });
  }
}

function isSameHost(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
}
