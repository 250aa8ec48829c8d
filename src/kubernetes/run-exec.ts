import type { ClusterConnection } from './connect.ts';
import { execFailure } from './exec-target.ts';
import type { ExecTarget } from './exec-target.ts';
import { openExec } from './open-exec.ts';
import type { ExecOptions } from './open-exec.ts';

/** How a command ended, and what it wrote. */
export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  /** At most 64 KiB. */
  readonly stderr: string;
}

/** What running to the end takes besides. */
export interface RunExecOptions extends ExecOptions {
  /** Sent to the command's stdin, which stays open. */
  readonly stdin?: Uint8Array | undefined;
  /** More output than this fails the call. */
  readonly maxBytes: number;
}

/**
 * Runs `command` to its end. An exit code is a result, whatever it is; throws as {@link openExec} does, and
 * `NodeUnreachable` (retryable) when the connection goes before the exit code came.
 */
export async function runExec(
  connection: ClusterConnection,
  target: ExecTarget,
  command: readonly string[],
  { stdin, maxBytes, ...options }: RunExecOptions,
): Promise<ExecResult> {
  const chunks: Buffer[] = [];
  let count = 0;
  const tooMuch = Promise.withResolvers<'tooMuch'>();
  const sink = (bytes: Buffer): void => {
    count += bytes.length;
    if (count > maxBytes) tooMuch.resolve('tooMuch');
    else chunks.push(Buffer.from(bytes));
  };
  const exec = await openExec(connection, target, command, sink, options);
  try {
    // A command may end without having read its stdin.
    if (stdin !== undefined) await exec.write(stdin).catch(() => {});
    const end = await Promise.race([tooMuch.promise, exec.ended]);
    if (end === 'tooMuch') {
      throw execFailure('UnexpectedError', target, `output of more than ${maxBytes} bytes`);
    }
    if (end.kind !== 'exited') throw exec.failure(end, `an exit code, ${count} bytes arrived`);
    return { exitCode: end.exitCode, stdout: Buffer.concat(chunks), stderr: exec.stderr };
  } finally {
    // Nothing that could still happen to the connection changes the result.
    void exec.close();
  }
}
