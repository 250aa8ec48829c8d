import { failure } from '../contracts/failures.ts';
import type { BackupFile } from '../contracts/files.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { readRecord, recordPrelude } from './node-record.ts';

/** A file on the node, open for reads at any offset. A `ByteSource` of the room `snapshot`. */
export interface RangeSession {
  readonly sizeBytes: number;
  /** Fills `buffer` from `offset`: all of it, or fails. One read at a time. */
  read(offset: number, buffer: Uint8Array): Promise<void>;
  /** Ends the remote process. Safe to repeat; never fails. */
  close(): Promise<void>;
}

// Answers each line "offset length" with so many bytes. It does not end while bytes are on their way, because a server may
// throw the tail of an ended command away; a file that changed is no longer worth that.
const program = `${recordPrelude}
known=$(identity "$1")
say identity "$known"
while read -r offset length; do
  slice "$1" "$offset" "$length" && [ "$(identity "$1")" = "$known" ] || exit
done`;

/**
 * Opens a file of the backup on its node; after that each read costs one round trip and no new process session. It reads
 * at the lowest priority and writes nothing.
 *
 * @throws `FileChanged` (not retryable) when the file is not the one that was inspected; `NodeUnreachable` (retryable)
 * @see https://github.com/kubernetes/kubernetes/issues/60140
 */
export async function openRangeSession(
  shell: NodeShell,
  file: Pick<BackupFile, 'path' | 'identity' | 'sizeBytes'>,
  signal: AbortSignal,
): Promise<RangeSession> {
  const { path, sizeBytes } = file;
  const channel = await shell.open(['sh', '-c', program, 'sh', path], { signal });
  try {
    const [, ...words] = await readRecord(channel, shell.nodeName);
    const identity = words.join(' ');
    if (identity !== file.identity) {
      throw failure('FileChanged', {
        observed: `file on the node: inode, size and time ${identity || 'gone'}, expected ${file.identity}`,
        where: { node: shell.nodeName, path },
      });
    }
  } catch (error) {
    await channel.close();
    throw error;
  }
  return {
    sizeBytes,
    read: async (offset, buffer) => {
      if (buffer.length === 0) return;
      await channel.write(Buffer.from(`${offset} ${buffer.length}\n`));
      await channel.read(buffer);
    },
    close: () => channel.close(),
  };
}
