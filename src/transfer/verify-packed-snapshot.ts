import { failure } from '../contracts/failures.ts';
import type { BackupFile } from '../contracts/files.ts';
import type { NodeFacts } from '../contracts/run.ts';
import type { Verification } from '../contracts/verification.ts';
import type { NodeChannel, NodeShell } from '../node/node-shell.ts';
import type { ByteSource } from '../snapshot/byte-source.ts';
import { checkMeta, metaReach } from '../snapshot/meta.ts';
import { judgeTrailer, trailerBytes } from '../snapshot/trailer.ts';
import { readRecord, recordPrelude } from './node-record.ts';

/** Options of {@link verifyPackedSnapshot}. */
export interface PackedSnapshotOptions {
  readonly shell: NodeShell;
  /** The gzipped tarball, as it was inspected. */
  readonly file: BackupFile;
  /** The snapshot's entry in it. */
  readonly entry: string;
  readonly digestTool: NodeFacts['digestTool'];
  readonly signal: AbortSignal;
}

// The stream is read twice: tar says the entry's size first. `head` takes no byte more than it was asked for, so that what it
// leaves is what etcd appended. The beat keeps watchdogs on the way quiet, and ends with its program.
const program = `${recordPrelude}
file=$1 entry=$2 tail=$3 tool=$4
digest() { if [ "$tool" = openssl ]; then openssl dgst -sha256 -r; else sha256sum; fi; }
hash() { digest | { read -r hex rest; printf %s "$hex"; }; }
(while sleep 5 </dev/null >/dev/null 2>&1 3>&- && kill -0 $$ 2>/dev/null; do say alive; done) &
size=$(tar -tvzf "$file" --numeric-owner -- "$entry" 2>/dev/null | { read -r mode owner size rest; echo "$size"; })
say size "\${size:-0}"
tar -xzOf "$file" -- "$entry" 2>/dev/null | {
  say head "$(head -c "$((\${size:-0} > tail ? size - tail : 0))" | hash)"
  say appended "$(head -c "$((tail + 1))" | od -An -v -tx1 | tr -d ' \\n')"
}
say end "$(identity "$file")"
kill $!`;

/**
 * Proves the snapshot inside a combined file on the node: level `origin` by the digest that etcd appended, level `shape` by
 * its meta pages. Unpacks it as a stream; writes nothing and moves 64 KiB. Safe to repeat.
 *
 * A bad snapshot is a failed outcome, never an error.
 *
 * @throws `NodeUnreachable` (retryable); `FileChanged` when the tarball is not the one that was inspected (not retryable)
 */
export async function verifyPackedSnapshot(
  options: PackedSnapshotOptions,
): Promise<readonly Verification[]> {
  const { shell, file, entry, digestTool, signal } = options;
  const argv = [file.path, entry, String(trailerBytes), digestTool];
  const channel = await shell.open(['sh', '-c', program, 'sh', ...argv], { signal });
  try {
    const said = await follow(channel, shell.nodeName);
    const identity = said.get('end') ?? '';
    if (identity !== file.identity) {
      throw failure('FileChanged', {
        observed: `file on the node: inode, size and time ${identity || 'gone'}, expected ${file.identity}`,
        where: { node: shell.nodeName, path: file.path },
      });
    }
    const sizeBytes = Number(said.get('size'));
    const origin = judgeTrailer({
      sizeBytes,
      computed: said.get('head') ?? '',
      appended: said.get('appended') ?? '',
    });
    return [origin, await checkMeta(await firstPages(options, sizeBytes), signal)];
  } finally {
    await channel.close();
  }
}

async function follow(
  channel: NodeChannel,
  nodeName: string,
): Promise<ReadonlyMap<string, string>> {
  const said = new Map<string, string>();
  while (!said.has('end')) {
    const [word = '', ...rest] = await readRecord(channel, nodeName);
    said.set(word, rest.join(' '));
  }
  return said;
}

// tar ends by a signal once head has enough.
const readFirst = 'tar -xzOf "$1" -- "$2" 2>/dev/null | head -c "$3"';

async function firstPages(
  { shell, file, entry, signal }: PackedSnapshotOptions,
  sizeBytes: number,
): Promise<ByteSource> {
  const argv = ['sh', '-c', readFirst, 'sh', file.path, entry, String(metaReach)];
  const { stdout } = await shell.run(argv, { maxBytes: metaReach, signal });
  // What is not there reads as zeros, which are no meta page.
  return {
    sizeBytes,
    read: async (offset, buffer) => {
      buffer.fill(0);
      stdout.copy(buffer, 0, offset, offset + buffer.length);
    },
  };
}
