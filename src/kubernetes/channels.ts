/**
 * The channels of the exec protocol: the first byte of every message.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/apimachinery/pkg/util/remotecommand/constants.go
 */
const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3 } as const;

/** What comes from the command. */
export type OutputChannel = Exclude<keyof typeof channels, 'stdin'>;

/**
 * Every OpenShift knows it, and its API server passes it through to the kubelet as it is. Its successor, v5, it takes apart and
 * puts together again in another protocol, for three times the processor time; all that v5 adds is the end of stdin alone.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/apiserver/pkg/util/proxy/translatinghandler.go
 */
export const subprotocol = 'v4.channel.k8s.io';

/** Bytes in one message to the server; servers send as much. */
const messageBytes = 32 * 1024;

/** The channel of a message, by its first byte; `undefined` for one that is none of a server's. */
export function outputChannel(byte: number): OutputChannel | undefined {
  switch (byte) {
    case channels.stdout:
      return 'stdout';
    case channels.stderr:
      return 'stderr';
    case channels.status:
      return 'status';
    default:
      return undefined;
  }
}

/** Messages that carry `bytes` to the process's stdin. */
export function* stdinMessages(bytes: Uint8Array): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += messageBytes) {
    yield Buffer.concat([Buffer.of(channels.stdin), bytes.subarray(start, start + messageBytes)]);
  }
}
