import { watchSilence } from '../kubernetes/watch-silence.ts';
import type { NodeChannel } from './node-shell.ts';
import type { PipedProcess, ProcessEnd } from './piped-process.ts';

/** What a channel takes besides its process. */
export interface ProcessChannelOptions {
  /** Milliseconds without a byte of stdout, while a read waits for one, that end it. */
  readonly silenceMs: number;
  /** What a call fails with that expected something else than this end. */
  readonly failureOf: (end: ProcessEnd, expected: string) => unknown;
}

/** Exact reads from a process. */
export function processChannel(
  process: PipedProcess,
  { silenceMs, failureOf }: ProcessChannelOptions,
): NodeChannel {
  let isReading = false;

  const read = async (buffer: Uint8Array): Promise<void> => {
    if (isReading) throw new TypeError('read: one at a time');
    isReading = true;
    const silent = (): void => process.lose(`no byte for ${silenceMs / 1000} seconds`);
    const watch = watchSilence(silenceMs, silent);
    let count = 0;
    try {
      while (count < buffer.length) {
        const bytes = await process.next(buffer.length - count);
        if (bytes === undefined) {
          throw failureOf(await process.ended, `${buffer.length} bytes, ${count} arrived`);
        }
        buffer.set(bytes, count);
        count += bytes.length;
        watch.heard();
      }
    } finally {
      watch.stop();
      isReading = false;
    }
  };

  const write = async (bytes: Uint8Array): Promise<void> => {
    const end = await process.write(bytes);
    if (end !== undefined) throw failureOf(end, 'to write');
  };

  return { read, write, close: () => process.close() };
}
