import { failure } from '../contracts/failures.ts';
import type { NodeFile } from '../contracts/files.ts';
import type { TransferPolicy } from '../contracts/policy.ts';
import type { NodeChannel, NodeShell } from '../node/node-shell.ts';
import { readRecord, recordPrelude } from './node-record.ts';
import { createUnpacker } from './unpack.ts';

/** A file on the node, open for reads at any offset. A `ByteSource` of the room `snapshot`. */
export interface RangeSession {
  readonly sizeBytes: number;
  /** Whether the node compresses ranges on their way. */
  readonly isCompressed: boolean;
  /**
   * Fills `buffer` from `offset`: all of it, or fails. Reads may be asked for ahead: the node works on the next one while
   * the answer to this one is on its way, and answers in the order of the calls. After a failure every read fails.
   *
   * @throws `NodeUnreachable`; `ChecksumMismatch` when what arrived is no answer to what was asked; both retryable
   */
  read(offset: number, buffer: Uint8Array): Promise<void>;
  /** The same without compression on the way. */
  readPlain(offset: number, buffer: Uint8Array): Promise<void>;
  /** Ends the remote process. Safe to repeat; never fails. */
  close(): Promise<void>;
}

/** The longest range that is compressed. Two of them may be in the node's memory for each session. */
const longestPackedBytes = 16 * 1024 * 1024;

/** Shorter ranges are not worth a process. */
const shortestPackedBytes = 64 * 1024;

/** What must be free where they are kept: so much that a few sessions are nothing to it. */
const roomBytes = 3 * longestPackedBytes;

/** After a range that did not shrink, so many are not even tried: values that are encrypted at rest never shrink. */
const restRanges = 15;

// Answers each line "offset length way" with a record and so many bytes, one range being sent while the next is compressed.
// Compressed ranges are in memory, in two files that lose their names before anything is in them: whatever ends the program
// removes them. It does not end while bytes are on their way, because a server may throw the tail of an ended command away;
// a file that changed is no longer worth that. A node without a zstd that works takes the image's, which writes where the node's
// would: its files are open before it is in the image.
const program = `${recordPrelude}
file=$1 way=$2
shift 2
image=$*
cut='iflag=skip_bytes,count_bytes,fullblock,nocache bs=64k status=none'
pack='zstd -1 -q -c --no-check --single-thread'
has_room() {
  [ "$(stat -f -c %T "$1")" = tmpfs ] && set -- $(stat -f -c '%a %S' "$1") && [ $(($1 * $2)) -ge ${roomBytes} ]
}
works() { echo zstd | $pack >/dev/null; }
prepare() {
  [ "$way" = zstd ] || return
  works || { [ -n "$image" ] && pack="$image $pack" && works; } || return
  for directory in /dev/shm /run; do
    has_room "$directory" && a=$(mktemp "$directory/etcd-backup.XXXXXX") || continue
    b=$(mktemp "$directory/etcd-backup.XXXXXX") || { rm -f "$a"; continue; }
    exec 5<>"$a" 6<>"$b"
    rm -f "$a" "$b"
    return
  done
  return 1
}
try() {
  [ "$3" = zstd ] && [ "$2" -ge ${shortestPackedBytes} ] && [ "$2" -le ${longestPackedBytes} ] || return
  [ "$rest" -eq 0 ] || { rest=$((rest - 1)); return 1; }
  slot=$((11 - slot)) rest=${restRanges}
  dd if="$file" skip="$1" count="$2" $cut | $pack >"/proc/self/fd/$slot" || return
  set -- "$2" $(stat -L -c '%i %s %.9Y' "$file" "/proc/self/fd/$slot")
  [ "$2 $3 $4" = "$known" ] && size=$6 && [ "$size" -lt $(($1 - $1 / 8)) ] && rest=0
}
send() {
  say range "$1" "$2"
  if [ "$1" = zstd ]; then exec cat "/proc/self/fd/$slot"
  else dd if="$file" skip="$3" count="$2" $cut && [ "$(identity "$file")" = "$known" ]
  fi || kill $$
}
known=$(identity "$file")
prepare 2>/dev/null || way=plain
say identity "$way" "$known"
slot=5 rest=0 sender=
while read -r offset length asked; do
  [ "$way" = zstd ] || asked=plain
  if try "$offset" "$length" "$asked" 2>/dev/null; then form=zstd; else form=plain size=$length; fi
  [ -z "$sender" ] || wait "$sender" || exit
  send "$form" "$size" "$offset" &
  sender=$!
done
[ -z "$sender" ] || wait "$sender"`;

/**
 * Opens a file of the backup on its node; after that each read costs one round trip and no new process session. It reads
 * at the lowest priority, gives the memory of the node's page cache back, and writes nothing to a disk. With `compression`
 * on `auto` ranges are compressed on their way, in the node's memory, where that has room and there is a `zstd` that works: the
 * node's own, else that of the debug pod's image.
 *
 * @throws `FileChanged` (not retryable) when the file is not the one that was inspected; `NodeUnreachable`, and
 *   `ChecksumMismatch` when what arrived is no answer (both retryable)
 * @see https://github.com/kubernetes/kubernetes/issues/60140
 */
export async function openRangeSession(
  shell: NodeShell,
  file: Pick<NodeFile, 'path' | 'identity' | 'sizeBytes'>,
  signal: AbortSignal,
  compression: TransferPolicy['compression'] = 'off',
): Promise<RangeSession> {
  const { path, sizeBytes } = file;
  const best = compression === 'auto' ? 'zstd' : 'plain';
  const argv = ['sh', '-c', program, 'sh', path, best, ...(shell.inImage ?? [])];
  const channel = await shell.open(argv, { signal });
  try {
    const [, way, ...words] = await readRecord(channel, shell.nodeName, 'ChecksumMismatch');
    const identity = words.join(' ');
    if (identity !== file.identity) {
      throw failure('FileChanged', {
        observed: `file on the node: inode, size and time ${identity || 'gone'}, expected ${file.identity}`,
        where: { node: shell.nodeName, path },
      });
    }
    return rangeSession(channel, { sizeBytes, isCompressed: way === 'zstd' }, shell.nodeName);
  } catch (error) {
    await channel.close();
    throw error;
  }
}

function rangeSession(
  channel: NodeChannel,
  facts: Pick<RangeSession, 'sizeBytes' | 'isCompressed'>,
  nodeName: string,
): RangeSession {
  let before: Promise<void> = Promise.resolve();
  const unpacker = facts.isCompressed ? createUnpacker({ node: nodeName }) : undefined;

  const receive = async (offset: number, buffer: Uint8Array): Promise<void> => {
    const [word, form, count] = await readRecord(channel, nodeName, 'ChecksumMismatch');
    const sizeBytes = Number(count);
    if (word === 'range' && form === 'plain' && sizeBytes === buffer.length) {
      await channel.read(buffer);
      return;
    }
    const fits = Number.isSafeInteger(sizeBytes) && sizeBytes > 0 && sizeBytes < buffer.length;
    if (word !== 'range' || form !== 'zstd' || !fits || unpacker === undefined) {
      throw failure('ChecksumMismatch', {
        observed: `range at ${offset}: announced as ${word} ${form} of ${count} bytes, asked for ${buffer.length}`,
        where: { node: nodeName },
      });
    }
    await unpacker.unpack(sizeBytes, (piece) => channel.read(piece), buffer);
  };

  const ask = (offset: number, buffer: Uint8Array, way: string): Promise<void> => {
    if (buffer.length === 0) return Promise.resolve();
    const written = channel.write(Buffer.from(`${offset} ${buffer.length} ${way}\n`));
    const answered = Promise.all([written, before]).then(() => receive(offset, buffer));
    before = answered;
    return answered;
  };
  return {
    ...facts,
    read: (offset, buffer) => ask(offset, buffer, 'zstd'),
    readPlain: (offset, buffer) => ask(offset, buffer, 'plain'),
    close: () => channel.close(),
  };
}
