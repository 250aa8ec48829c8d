import { parseStatus, serverLine } from './server-status.ts';

/** How the server says that a command ended: with an exit code, or with none because it could not run to an end. */
export type ExecStatus =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'failed'; readonly observed: string };

/**
 * Reads the status that ends an exec.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/apimachinery/pkg/util/remotecommand/constants.go
 */
export function readStatusFrame(bytes: Buffer): ExecStatus {
  const status = parseStatus(bytes.toString('utf8'));
  if (status?.status === 'Success') return { kind: 'exited', exitCode: 0 };
  if (status?.status !== 'Failure') {
    return { kind: 'failed', observed: 'a status that cannot be read' };
  }
  if (status.reason === 'NonZeroExitCode') {
    const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode');
    // 0 would turn a failure into a success.
    if (/^[1-9]\d{0,2}$/.test(cause?.message ?? '')) {
      return { kind: 'exited', exitCode: Number(cause?.message) };
    }
  }
  return {
    kind: 'failed',
    observed: `the command did not run to its end, "${serverLine(status.message ?? status.reason)}"`,
  };
}
