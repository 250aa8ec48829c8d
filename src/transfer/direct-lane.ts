import { failure } from '../contracts/failures.ts';
import type { NodeFile } from '../contracts/files.ts';
import type { NodeChannel, NodeShell } from '../node/node-shell.ts';
import type { PresignedPart, UploadPart } from '../store/backup-store.ts';
import { directRequest } from './direct-request.ts';
import { readRecord, recordPrelude } from './node-record.ts';
import type { PartAnswer } from './part-answer.ts';

/** What a node needs to know to send parts of one file. */
export interface DirectLaneOptions {
  readonly shell: NodeShell;
  readonly file: Pick<NodeFile, 'path' | 'identity'>;
  /** Absolute, on the node. */
  readonly takeDirectory: string;
  /** Proxy variables as shell assignments: absolute, on the node. A file that is not there says that there are none. */
  readonly environment: string;
  /** PEM: the authorities that the store's certificate is checked against. @default the node's own */
  readonly authorities?: string;
  readonly maxBytesPerSecond?: number;
  /** A request that moves next to nothing for so long is given up. @default 60 */
  readonly silenceSeconds?: number;
}

/** A process on the node that sends parts of one file, one at a time. */
export interface DirectLane {
  /**
   * Sends one part, and says what came of it.
   *
   * @throws `FileChanged` (not retryable) when the file is no longer the one that was inspected; `NodeUnreachable`, and
   *   `ChecksumMismatch` when what arrived is no answer (both retryable)
   */
  send(part: UploadPart & { readonly offset: number }, request: PresignedPart): Promise<PartAnswer>;
  /** Ends the process; a request that is on its way ends within seconds. Safe to repeat; never fails. */
  close(): Promise<void>;
}

// What is sent is a stream of exactly the announced length: the empty Transfer-Encoding keeps curl from cutting a body whose
// length it does not know into chunks, which S3 refuses, and no part is ever held in memory. A request goes from a builtin
// through a pipe to curl, so that no command line, no environment and no file has it; what curl says goes nowhere, but stderr stays
// open in 9: containerd ends a command's stdin with its stderr. `--disable` comes first: it keeps root's .curlrc out. A beat that
// nobody hears ends the request, and so does another file: of one that was cut short, curl would wait to send the rest.
// See https://github.com/containerd/containerd/blob/v1.6.20/pkg/cri/io/exec_io.go
const program = `${recordPrelude}
exec 9>&2 2>/dev/null
file=$1 directory=$2 environment=$3 rate=$4 seconds=$5
authorities= end=$(printf '\\r')
take() {
  left=$1
  while [ "$left" -gt 0 ]; do
    IFS= read -r line || exit
    printf '%s\\n' "$line"
    left=$((left - 1))
  done
}
request() {
  exec curl --disable --silent --globoff --http1.1 --tlsv1.2 --proto =http,https --connect-timeout 10 \\
    --speed-limit 1024 --speed-time "$seconds" --limit-rate "$rate" \${authorities:+--cacert} \${authorities:+"$authorities"} \\
    --upload-file - --header Transfer-Encoding: --header Expect: --header Content-Type: \\
    --include --suppress-connect-headers --write-out '\\nstatus %{http_code}\\n' --config /dev/fd/4
}
answer() {
  status=000 ended=- code=- id=-
  while IFS= read -r line || [ -n "$line" ]; do
    line=\${line%"$end"}
    case $line in
      'status '*) status=\${line#* } ;;
      'curl '*) ended=\${line#* } ;;
      [Xx]-[Aa]mz-[Rr]equest-[Ii]d:*) id=\${line#*:} id=\${id# } ;;
      *'<Code>'*) code=\${line#*<Code>} code=\${code%%<*} ;;
    esac
  done
  case $code in '' | *[!A-Za-z0-9.]*) code=- ;; esac
  case $id in '' | *[!A-Za-z0-9-]*) id=- ;; esac
  [ "\${#code}" -le 32 ] || code=-
  [ "\${#id}" -le 40 ] || id=-
  say answered "$1" "$ended" "$status" "$code" "$id"
}
send() {
  take "$4" | {
    exec 4<&0
    slice "$file" "$2" "$3" </dev/null 4<&- | request &
    request=$!
    (
      trap '' PIPE
      while sleep 5 3>&-; do
        [ "$(identity "$file")" = "$known" ] && say alive || kill "$request"
      done
    ) </dev/null >/dev/null 4<&- &
    beat=$!
    wait "$request"
    ended=$?
    kill "$beat"
    wait "$beat"
    printf '\\ncurl %s\\n' "$ended"
  } | answer "$1"
}
read -r lines || exit
if [ "$lines" -gt 0 ]; then
  authorities=$directory/authorities.$$
  trap 'rm -f -- "$authorities"' EXIT
  (umask 077; take "$lines" >"$authorities") || say unwritable
fi
if [ -f "$environment" ]; then set -a; . "$environment"; set +a; fi
known=$(identity "$file")
say identity "$known"
while read -r number offset length lines; do
  if [ "$(identity "$file")" = "$known" ]; then
    send "$number" "$offset" "$length" "$lines"
  else
    take "$lines" >/dev/null
    say identity "$(identity "$file")"
  fi
done`;

/**
 * Starts a process on the node that sends parts to a store with the node's own curl, at the lowest priority, through the proxy that
 * the take's environment says. It writes nothing but the authorities, into the take's directory. A request is as good as a
 * secret: it goes over stdin and is kept nowhere.
 *
 * @throws `FileChanged`, `NodeDiskFull` (not retryable); `NodeUnreachable`, and `ChecksumMismatch` when what arrived is no answer
 *   (both retryable)
 */
export async function openDirectLane(
  options: DirectLaneOptions,
  signal: AbortSignal,
): Promise<DirectLane> {
  const { shell, file, takeDirectory, environment, maxBytesPerSecond = 0 } = options;
  const { authorities, silenceSeconds = 60 } = options;
  const limits = [String(maxBytesPerSecond), String(silenceSeconds)];
  const argv = ['sh', '-c', program, 'sh', file.path, takeDirectory, environment, ...limits];
  const channel = await shell.open(argv, { signal });
  const where = { node: shell.nodeName, path: file.path };
  try {
    const lines = authorities === undefined ? [] : authorities.trimEnd().split('\n');
    await channel.write(Buffer.from([lines.length, ...lines, ''].join('\n')));
    const [word, ...identity] = await hear(channel, shell.nodeName);
    if (word === 'unwritable') {
      throw failure('NodeDiskFull', { observed: 'the authorities could not be written', where });
    }
    requireSame(identity.join(' '));
  } catch (error) {
    await channel.close();
    throw error;
  }
  function requireSame(identity: string): void {
    if (identity === file.identity) return;
    throw failure('FileChanged', {
      observed: `file on the node: inode, size and time ${identity || 'gone'}, expected ${file.identity}`,
      where,
    });
  }
  return {
    send: async ({ number, offset, sizeBytes }, request) => {
      const lines = directRequest(request);
      const head = `${number} ${offset} ${sizeBytes} ${lines.length}`;
      await channel.write(Buffer.from([head, ...lines, ''].join('\n')));
      const [word, ...rest] = await hear(channel, shell.nodeName);
      if (word === 'identity') requireSame(rest.join(' '));
      const [of, ended, status, code, requestId] = rest;
      if (word !== 'answered' || of !== String(number)) {
        throw failure('ChecksumMismatch', {
          observed: `shell on the node: answered ${String(word)} ${String(of)}, expected the answer to part ${number}`,
          where,
        });
      }
      return {
        exitCode: ended === '-' ? -1 : Number(ended),
        status: Number(status),
        ...(code === '-' || code === undefined ? {} : { code }),
        ...(requestId === '-' || requestId === undefined ? {} : { requestId }),
      };
    },
    close: () => channel.close(),
  };
}

/** The next record that is no beat. */
async function hear(channel: NodeChannel, nodeName: string): Promise<string[]> {
  for (;;) {
    const words = await readRecord(channel, nodeName, 'ChecksumMismatch');
    if (words[0] !== 'alive') return words;
  }
}
