import type { NodeShell } from '../node/node-shell.ts';
import type { EtcdAccess } from './etcd-access.ts';

/** One question to etcd's JSON gateway. */
export interface EtcdCall {
  readonly url: string;
  /** JSON; no secret, it stands in the command line. */
  readonly body: string;
}

/** How curl ended, and the line it got; the line is empty unless `exitCode` is 0. */
export interface EtcdReply {
  readonly exitCode: number;
  readonly line: string;
}

/** A member that does not answer within this is one that does not answer. */
const answerWithinSeconds = 5;

/**
 * Asks all questions at once, with the node's own curl, which reads the client's certificate and key where the node keeps
 * them: only the answers leave the node. No proxy, no redirect, no configuration of root's.
 */
export async function callEtcd(
  shell: NodeShell,
  { ca, certificate, key }: EtcdAccess,
  calls: readonly EtcdCall[],
  signal: AbortSignal,
): Promise<readonly EtcdReply[]> {
  const argv = calls.flatMap(({ url, body }, index) => [String(index), url, body]);
  const { stdout } = await shell.run(
    ['sh', '-c', ask, 'sh', String(answerWithinSeconds), ca, certificate, key, ...argv],
    { signal },
  );
  const replies = new Map<string, EtcdReply>();
  for (const answer of stdout.toString().split('\n')) {
    const [, index, code, line = ''] = /^(\d+) (\d+) ?(.*)$/.exec(answer) ?? [];
    if (index !== undefined) replies.set(index, { exitCode: Number(code), line });
  }
  return calls.map((_, index) => replies.get(String(index)) ?? { exitCode: -1, line: '' });
}

/** What curl's exit code says, in words. @see https://curl.se/libcurl/c/libcurl-errors.html */
export function curlEnding(exitCode: number): string {
  return endings.get(exitCode) ?? `curl ended with ${exitCode}`;
}

/** Whether nobody answered, as opposed to an answer that we cannot use. */
export function nobodyAnswered(exitCode: number): boolean {
  return silent.has(exitCode);
}

const endings = new Map([
  [5, "the proxy's name is not known"],
  [6, 'the name is not known'],
  [7, 'connection refused'],
  [22, 'an HTTP error'],
  [28, `no answer within ${answerWithinSeconds} seconds`],
  [35, 'no TLS connection'],
  [52, 'an empty answer'],
  [56, 'the connection broke'],
  [58, 'the client certificate cannot be used'],
  [60, "the server's certificate is not trusted"],
  [77, 'the authorities cannot be read'],
]);

// A refused client certificate ends a TLS 1.3 connection with 56: somebody did answer.
const silent = new Set([7, 28]);

// `--disable` comes first: it keeps root's .curlrc out. Each answer is one line, written at once.
const ask = `
seconds=$1 ca=$2 certificate=$3 key=$4
shift 4
ask() {
  answer=$(curl --disable --silent --fail --globoff --proto =https --noproxy '*' --max-time "$seconds" \\
    --max-filesize 65536 --cacert "$ca" --cert "$certificate" --key "$key" --data "$3" "$2")
  code=$?
  [ "$code" -eq 0 ] || answer=
  printf '%s %s %s\\n' "$1" "$code" "$(printf %s "$answer" | tr -d '\\n\\r')"
}
while [ "$#" -ge 3 ]; do
  ask "$1" "$2" "$3" &
  shift 3
done
wait
`;
