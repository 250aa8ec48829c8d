/**
 * The channels of the exec protocol: the first byte of every message.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/apimachinery/pkg/util/remotecommand/constants.go
 */
const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3 } as const;

/** What we offer, best first. OpenShift before 4.17 knows the second only. */
export const subprotocols: readonly string[] = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/** Bytes in one message to the server; servers send as much. */
const frameBytes = 32 * 1024;

/** More than any server sends in one message; a bigger one breaks the connection instead of filling the memory. */
export const maxMessageBytes = 1024 * 1024;

/** A message from the server, taken apart. */
export type Frame =
  | { readonly kind: 'stdout' | 'stderr' | 'status'; readonly bytes: Buffer }
  | { readonly kind: 'broken'; readonly observed: string };

/** Takes a message from the server apart; never throws. */
export function readFrame(message: Buffer): Frame {
  const bytes = message.subarray(1);
  switch (message[0]) {
    case channel.stdout:
      return { kind: 'stdout', bytes };
    case channel.stderr:
      return { kind: 'stderr', bytes };
    case channel.status:
      return { kind: 'status', bytes };
    case undefined:
      return { kind: 'broken', observed: 'a message without a channel' };
    default:
      return { kind: 'broken', observed: `a message on channel ${message[0]}` };
  }
}

/** Messages that carry `bytes` to the process's stdin. */
export function* stdinFrames(bytes: Uint8Array): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += frameBytes) {
    yield Buffer.concat([Buffer.of(channel.stdin), bytes.subarray(start, start + frameBytes)]);
  }
}
