import { failure, failureType } from '../contracts/failures.ts';
import type { NodeChannel, NodeShell } from '../node/node-shell.ts';
import { readRecord, recordPrelude } from './node-record.ts';

/** The digests of parts that were made, in a file on the node: a later attempt need not make them again. */
export interface PartRecord extends AsyncDisposable {
  /** Those that earlier attempts recorded, by number of part. */
  readonly digests: ReadonlyMap<number, string>;
  /**
   * Records one more, on the node's disk when this resolves. Where that fails nothing is lost but time: a part that is not
   * recorded is made again and compared.
   */
  add(number: number, sha256: string): Promise<void>;
}

/** Options of {@link openPartRecord}. */
export interface PartRecordOptions {
  readonly shell: NodeShell;
  /** Absolute, on the node, in the take's directory. */
  readonly path: string;
  /** What the parts are made with: only what was recorded with the same counts. 16 hexadecimal digits. */
  readonly maker: string;
  readonly signal: AbortSignal;
}

// Each line stands between two line feeds: what a node that lost its power left of one does not spoil the next.
const program = `${recordPrelude}
record=$1
size=$(stat -c %s -- "$record" 2>/dev/null) || size=0
say size "$size"
[ "$size" -eq 0 ] || head -c "$size" -- "$record"
while read -r line; do
  if printf '\\n%s\\n' "$line" | dd of="$record" oflag=append conv=notrunc,fsync status=none
  then say recorded; else say unwritable; fi
done`;

/**
 * Opens the record, one process on the node for all parts of an attempt.
 *
 * @throws `NodeUnreachable`; `ChecksumMismatch` for what the node cannot have said; both retryable
 */
export async function openPartRecord(options: PartRecordOptions): Promise<PartRecord> {
  const { maker } = options;
  const first = await open(options);
  let channel: NodeChannel | undefined = first.channel;
  const close = async () => {
    const open = channel;
    channel = undefined;
    await open?.close();
  };
  return {
    digests: parseDigests(first.text, maker),
    async add(number, sha256) {
      try {
        channel ??= (await open(options)).channel;
        await channel.write(Buffer.from(`${maker} ${number} ${sha256}\n`));
        await readRecord(channel, options.shell.nodeName, 'ChecksumMismatch');
      } catch (error) {
        await close();
        options.signal.throwIfAborted();
        const type = failureType(error);
        if (type !== 'NodeUnreachable' && type !== 'ChecksumMismatch') throw error;
      }
    },
    [Symbol.asyncDispose]: close,
  };
}

async function open({
  shell,
  path,
  signal,
}: PartRecordOptions): Promise<{ readonly channel: NodeChannel; readonly text: string }> {
  const channel = await shell.open(['sh', '-c', program, 'sh', path], { signal });
  try {
    const [word, size = ''] = await readRecord(channel, shell.nodeName, 'ChecksumMismatch');
    if (word !== 'size' || !/^\d{1,7}$/.test(size)) {
      throw failure('ChecksumMismatch', {
        observed: 'record of parts: arrived as no record of ours',
        where: { node: shell.nodeName, path },
      });
    }
    const text = Buffer.alloc(Number(size));
    await channel.read(text);
    return { channel, text: text.toString('latin1') };
  } catch (error) {
    await channel.close();
    throw error;
  }
}

const linePattern = /^([0-9a-f]{16}) (\d{1,5}) ([0-9a-f]{64})$/;

/** A part of which two digests are recorded has none: one of the two is wrong. */
function parseDigests(text: string, maker: string): ReadonlyMap<number, string> {
  const digests = new Map<number, string>();
  const doubtful = new Set<number>();
  for (const line of text.split('\n')) {
    const [, by, number = '', sha256 = ''] = linePattern.exec(line) ?? [];
    if (by !== maker) continue;
    const known = digests.get(Number(number));
    if (known !== undefined && known !== sha256) doubtful.add(Number(number));
    digests.set(Number(number), sha256);
  }
  for (const number of doubtful) digests.delete(number);
  return digests;
}
