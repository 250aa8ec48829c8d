import { createHash } from 'node:crypto';
import { posix } from 'node:path';

import { failure } from '../contracts/failures.ts';
import type { FailureType } from '../contracts/failures.ts';
import type { BackupFile, FileKind } from '../contracts/files.ts';
import type { NodeFacts } from '../contracts/run.ts';
import type { Verification } from '../contracts/verification.ts';
import type { NodeChannel, NodeShell } from '../node/node-shell.ts';
import { judgeTrailer, trailerBytes } from '../snapshot/trailer.ts';
import { formatPartList } from './part-list.ts';
import { partSizeFor } from './part-size.ts';
import { readRecord, recordPrelude } from './node-record.ts';

/** Options of {@link inspectFile}. */
export interface InspectFileOptions {
  readonly shell: NodeShell;
  readonly kind: FileKind;
  /** It is the compressed form of that kind of file: without a trailer of its own, and with another part list. */
  readonly isCompressed?: boolean;
  /** Absolute, on the node. */
  readonly path: string;
  /** Absolute, on the node: the part list `parts-<kind>` or `parts-<kind>-compressed` is written here. */
  readonly takeDirectory: string;
  /** The file's parts are larger when there would be too many of this size. */
  readonly partSizeBytes: number;
  readonly digestTool: NodeFacts['digestTool'];
  readonly signal: AbortSignal;
  /** Called after each part with the bytes that are behind. */
  readonly onProgress?: (bytesDone: number) => void;
}

/** A file as it was found on the node. */
export interface InspectedFile {
  readonly file: BackupFile;
  /** Level `origin` for a snapshot as etcd wrote it; nothing for anything else. */
  readonly verification: readonly Verification[];
}

// Three digests at once, of the whole, of everything but the trailer, and of each part: whoever is ahead reads from the disk,
// the others from the page cache. `digest` takes the place of the subshell that it runs in. Descriptor 3 talks to us. The beat
// keeps watchdogs on the way quiet, and ends with its program.
const program = `${recordPrelude}
file=$1 list=$2 tail=$3 tool=$4
digest() { [ "$tool" != openssl ] || exec openssl dgst -sha256 -r; exec sha256sum; }
read_or_say() { slice "$file" "$1" "$2" || [ $? -gt 128 ] || say unreadable "$1"; }
parts() {
  offset=0
  while :; do
    length=$((size - offset))
    [ "$length" -le "$part" ] || length=$part
    hex=$(read_or_say "$offset" "$length" | digest)
    hex=\${hex%% *}
    printf '%s\\n' "$hex" >>"$list.$$" || say unwritable
    offset=$((offset + length))
    say part "$offset" "$hex"
    [ "$offset" -lt "$size" ] || break
  done
}
before=$(identity "$file") || { say missing; exit; }
say identity "$before"
read -r part || exit
size=\${before#* } size=\${size%% *}
(while sleep 5 </dev/null >/dev/null 2>&1 3>&- && kill -0 $$ 2>/dev/null; do say alive; done) &
beat=$!
covered=$((size - tail))
[ "$tail" -gt 0 ] && [ "$covered" -gt 0 ] || covered=0
true >"$list.$$" || say unwritable
digest <"$file" >"$list.$$.whole" &
whole=$!
slice "$file" 0 "$covered" | digest >"$list.$$.head" &
head=$!
parts
wait "$whole"
wait "$head"
whole=$(cat "$list.$$.whole") && head=$(cat "$list.$$.head") || say unwritable
rm -f -- "$list.$$.whole" "$list.$$.head"
mv -f -- "$list.$$" "$list" || say unwritable
sum=$(digest <"$list")
whole=\${whole%% *} head=\${head%% *} sum=\${sum%% *}
appended=$(tail -c ${trailerBytes} -- "$file" | od -An -v -tx1 | tr -d ' \\n')
say whole "$whole"
say head "$head"
say list "$sum"
say appended "$appended"
check=$(printf '%s\\n' "$before" "$whole" "$head" "$sum" "$appended" | digest)
say check "\${check%% *}"
say end "$(identity "$file")"
kill "$beat"`;

/**
 * Reads a file on the node once from its disk, at the lowest priority, and leaves the list of its part digests in the
 * take's directory. Moves no byte of the file. Safe to repeat and to overlap itself.
 *
 * @throws `NodeUnreachable`, `ChecksumMismatch` (retryable); `FileChanged` when the file is not there or changed meanwhile; `NodeDiskFull`
 *   when the list cannot be written; `NodeUnfit` when the file cannot be read (not retryable)
 */
export async function inspectFile(options: InspectFileOptions): Promise<InspectedFile> {
  const { shell, kind, isCompressed = false, path, digestTool, signal } = options;
  const listName = `parts-${kind}${isCompressed ? '-compressed' : ''}`;
  const partListPath = posix.join(options.takeDirectory, listName);
  const hasTrailer = kind === 'snapshot' && !isCompressed;
  const tail = hasTrailer ? trailerBytes : 0;
  const argv = [path, partListPath, String(tail), digestTool];
  const channel = await shell.open(['sh', '-c', program, 'sh', ...argv], { signal });
  try {
    const seen = await follow(channel, options);
    const list = formatPartList(seen.parts);
    const partListSha256 = createHash('sha256').update(list).digest('hex');
    if (seen.list !== partListSha256) {
      throw changed(
        options,
        `list of part digests: SHA-256 ${seen.list}, expected ${partListSha256}`,
      );
    }
    const file: BackupFile = {
      kind,
      name: posix.basename(path),
      path,
      sizeBytes: seen.sizeBytes,
      sha256: seen.whole,
      identity: seen.identity,
      partSizeBytes: seen.partSizeBytes,
      partListPath,
      partListSha256,
    };
    const trailer = { sizeBytes: seen.sizeBytes, computed: seen.head, appended: seen.appended };
    return { file, verification: hasTrailer ? [judgeTrailer(trailer)] : [] };
  } finally {
    await channel.close();
  }
}

interface Inspection {
  readonly identity: string;
  readonly sizeBytes: number;
  readonly partSizeBytes: number;
  readonly parts: readonly string[];
  readonly whole: string;
  readonly head: string;
  readonly list: string;
  readonly appended: string;
}

async function follow(channel: NodeChannel, options: InspectFileOptions): Promise<Inspection> {
  const { shell, path, onProgress } = options;
  const parts: string[] = [];
  let [sizeBytes, partSizeBytes] = [0, 0];
  const said = new Map<string, string>();
  while (!said.has('end')) {
    const [word = '', ...rest] = await readRecord(channel, shell.nodeName, 'ChecksumMismatch');
    said.set(word, rest.join(' '));
    if (word === 'identity') {
      sizeBytes = Number(rest[1]);
      partSizeBytes = partSizeFor(sizeBytes, options.partSizeBytes);
      await channel.write(Buffer.from(`${partSizeBytes}\n`));
    }
    if (word === 'part') {
      parts.push(digestIn(options, word, rest[1]));
      onProgress?.(Number(rest[0]));
    }
    const problem = problems[word];
    if (problem !== undefined) {
      const { type, observed } = problem;
      throw failure(type, { observed, where: { node: shell.nodeName, path, at: rest[0] } });
    }
  }
  const identity = said.get('identity') ?? '';
  const after = said.get('end') ?? '';
  if (identity !== after) {
    throw changed(
      options,
      `file: inode, size and time ${after || 'gone'}, before it was read ${identity}`,
    );
  }
  const whole = digestIn(options, 'whole', said.get('whole'));
  const head = digestIn(options, 'head', said.get('head'));
  const list = digestIn(options, 'list', said.get('list'));
  const appended = said.get('appended') ?? '';
  const words = [identity, whole, head, list, appended].map((word) => `${word}\n`).join('');
  if (said.get('check') !== createHash('sha256').update(words).digest('hex')) {
    throw failure('ChecksumMismatch', {
      observed: 'what the node said of the file: arrived with other digests than it was sent with',
      where: { node: shell.nodeName, path },
    });
  }
  return {
    identity,
    sizeBytes,
    partSizeBytes,
    parts,
    whole,
    head,
    list,
    appended,
  };
}

const problems: Readonly<
  Record<string, { readonly type: FailureType; readonly observed: string } | undefined>
> = {
  missing: { type: 'FileChanged', observed: 'file to be read: not there, or no regular file' },
  unreadable: { type: 'NodeUnfit', observed: 'file to be read: an error of its disk' },
  unwritable: { type: 'NodeDiskFull', observed: 'list of part digests: cannot be written' },
};

function digestIn(options: InspectFileOptions, of: string, text = ''): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw failure('NodeUnfit', {
    observed: `${options.digestTool} on the node: printed no SHA-256 of the ${of}`,
    where: { node: options.shell.nodeName, path: options.path },
  });
}

function changed({ shell, path }: InspectFileOptions, observed: string): Error {
  return failure('FileChanged', { observed, where: { node: shell.nodeName, path } });
}
