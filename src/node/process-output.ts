import { failure } from '../contracts/failures.ts';
import type { PipedProcess } from './piped-process.ts';

/** What a command may write unless its caller says otherwise. */
export const defaultMaxBytes: number = 1024 * 1024;

/** What is kept of a command's stderr. */
export const maxStderrBytes: number = 64 * 1024;

/**
 * All that a process writes to stdout from now on; less where its end is not an exit. `extraBytes` of it are not the
 * command's.
 *
 * @throws `UnexpectedError` when it is more than `maxBytes`; the process is given up then
 */
export async function collectOutput(
  process: PipedProcess,
  nodeName: string,
  maxBytes: number,
  extraBytes: number = 0,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let count = 0;
  for (;;) {
    const bytes = await process.next();
    if (bytes === undefined) return Buffer.concat(chunks);
    count += bytes.length;
    if (count > maxBytes + extraBytes) {
      process.lose('too much output');
      throw tooMuchOutput(maxBytes, nodeName);
    }
    chunks.push(bytes);
  }
}

/** The failure of a command that wrote more than was asked for. */
export function tooMuchOutput(maxBytes: number, nodeName: string): Error {
  const observed = `command on the node: output of more than ${maxBytes} bytes`;
  return failure('UnexpectedError', { observed, where: { node: nodeName } });
}
