import { posix } from 'node:path';

import { failure } from '../contracts/failures.ts';
import type { NodeFile } from '../contracts/files.ts';
import type { NodeFacts } from '../contracts/run.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { readRecord, recordPrelude } from './node-record.ts';

/** Options of {@link compressFile}. */
export interface CompressFileOptions {
  readonly shell: NodeShell;
  /** As it was inspected. */
  readonly file: NodeFile;
  /** Absolute, on the node: the compressed file is made here. */
  readonly takeDirectory: string;
  /** What stays free on the file system of that directory. */
  readonly leastFreeBytes: number;
  readonly digestTool: NodeFacts['digestTool'];
  readonly signal: AbortSignal;
}

/** A file's compressed form on the node, or why there is none. */
export type CompressedFile =
  | { readonly outcome: 'compressed'; readonly path: string }
  | { readonly outcome: 'left'; readonly observed: string };

// It gets its name when it is whole and opens to the very file: a name stands for good bytes, whoever died meanwhile. `head`
// lets no more be written than there is room for. What attempts left that are no more takes no room from this one.
const program = `${recordPrelude}
file=$1 out=$2 known=$3 whole=$4 least=$5 tool=$6 own=$2.$$
digest() { if [ "$tool" = openssl ]; then openssl dgst -sha256 -r; else sha256sum; fi; }
hash() { digest | { read -r hex rest; printf %s "$hex"; }; }
opens() { [ "$(zstd -q -d -c <"$1" 2>/dev/null | hash)" = "$whole" ]; }
end() { rm -f -- "$own"; [ -z "\${beat-}" ] || kill "$beat"; say "$@"; exit; }
command -v zstd >/dev/null || end missing
(while sleep 5 </dev/null >/dev/null 2>&1 3>&- && kill -0 $$ 2>/dev/null; do say alive; done) &
beat=$!
[ "$(identity "$file")" = "$known" ] || end changed
if [ ! -f "$out" ] || ! opens "$out"; then
  rm -f -- "$out"
  for left in "$out".*; do kill -0 "\${left##*.}" 2>/dev/null || rm -f -- "$left"; done
  free=$(df -Pk -- "\${out%/*}" | tail -n 1 | { read -r name total used free rest; echo "$free"; })
  room=$((free * 1024 - least))
  [ "$room" -gt 0 ] || end full
  code=$( { { zstd -q -3 -T1 -c -- "$file" 2>/dev/null; echo $? >&4; } | head -c "$room" >"$own"; } 4>&1)
  [ "$(stat -c %s -- "$own")" -lt "$room" ] || end full
  [ "$code" = 0 ] || end ended "$code"
  [ "$(identity "$file")" = "$known" ] || end changed
  opens "$own" || end differs
  ln -- "$own" "$out" 2>/dev/null || [ -f "$out" ] || end unwritable
fi
end made`;

/**
 * Compresses a file on its node, once and at the lowest priority, into `<name>.zst` in the take's directory: later attempts find the
 * same bytes, whichever zstd there is by then. It is proven to open to the file's own digest. Where there is no zstd, or less space
 * would stay free than must, nothing is made. Safe to repeat and to overlap itself.
 *
 * @throws `NodeUnreachable`, `ChecksumMismatch` (retryable); `FileChanged` when the file is not the one that was inspected (not retryable)
 */
export async function compressFile(options: CompressFileOptions): Promise<CompressedFile> {
  const { shell, file, takeDirectory, leastFreeBytes, digestTool, signal } = options;
  const path = posix.join(takeDirectory, `${file.name}.zst`);
  const { identity, sha256 } = file;
  const argv = [file.path, path, identity, sha256, String(leastFreeBytes), digestTool];
  const channel = await shell.open(['sh', '-c', program, 'sh', ...argv], { signal });
  try {
    const next = async () => await readRecord(channel, shell.nodeName, 'ChecksumMismatch');
    let [word = '', code = ''] = await next();
    while (word === 'alive') [word = '', code = ''] = await next();
    if (word === 'made') return { outcome: 'compressed', path };
    if (word === 'changed') {
      throw failure('FileChanged', {
        observed: 'file on the node: no longer the one that was inspected',
        where: { node: shell.nodeName, path: file.path },
      });
    }
    return { outcome: 'left', observed: reasons[word] ?? `zstd on the node ended with ${code}` };
  } finally {
    await channel.close();
  }
}

const reasons: Readonly<Record<string, string | undefined>> = {
  missing: 'the node has no zstd',
  full: 'too little space is free on the node',
  differs: 'what zstd on the node made does not open to the same file',
  unwritable: 'what zstd on the node made cannot be given its name',
};
