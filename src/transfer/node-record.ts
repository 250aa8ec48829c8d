import { failure } from '../contracts/failures.ts';
import type { FailureType } from '../contracts/failures.ts';
import type { NodeChannel } from '../node/node-shell.ts';

const recordBytes = 128;

/**
 * What every program of this room begins with. `say` prints one record, words of one line padded to a fixed length,
 * because a channel reads exact lengths only; `identity` prints a regular file's inode, size and modification time. The
 * program and its children run at the lowest priority, where the node has the tools for that.
 */
export const recordPrelude = `set -u
exec 3>&1
say() { printf '%-${recordBytes - 1}s\\n' "$*" >&3; }
identity() { [ -f "$1" ] && [ ! -L "$1" ] && stat -c '%i %s %.9Y' -- "$1"; }
slice() { dd if="$1" iflag=skip_bytes,count_bytes,fullblock skip="$2" count="$3" bs=64k status=none; }
renice -n 19 -p $$ >/dev/null 2>&1
ionice -c 3 -p $$ >/dev/null 2>&1
`;

/**
 * The words of the next record.
 *
 * @throws `NodeUnreachable` (retryable); for anything but a record `NodeUnfit`, or what `otherwise` says
 */
export async function readRecord(
  channel: NodeChannel,
  nodeName: string,
  otherwise: FailureType = 'NodeUnfit',
): Promise<string[]> {
  const bytes = Buffer.alloc(recordBytes);
  await channel.read(bytes);
  const text = bytes.toString('latin1');
  if (/^[\x20-\x7e]+\n$/.test(text)) return text.trim().split(' ');
  throw failure(otherwise, {
    observed: `shell on the node: answered ${JSON.stringify(text.slice(0, 60))}, expected a record of ours`,
    where: { node: nodeName },
  });
}
