import type { ClusterConnection } from './connect.ts';
import type { ExecSocket } from './exec-socket.ts';
import type { ExecTarget } from './exec-target.ts';
import { openExec } from './open-exec.ts';
import type { ExecOptions } from './open-exec.ts';
import { watchSilence } from './watch-silence.ts';
import type { SilenceWatch } from './watch-silence.ts';

/**
 * A running command with exact reads.
 *
 * Bytes that nobody asked for wait at the other end, but for about 64 KiB: what a command writes beyond what is read is
 * never read, and never an error.
 */
export interface ExecChannel {
  /** Sends bytes to the command's stdin. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Fills the buffer with the next bytes of stdout, whole. One read at a time.
   *
   * @throws `NodeUnreachable`, retryable, saying how many bytes arrived, or the aborted signal's reason
   */
  read(buffer: Uint8Array): Promise<void>;
  /** Ends the connection. Safe to repeat; never fails. */
  close(): Promise<void>;
}

/** Starts `command` with exact reads; throws as {@link openExec} does. */
export async function openExecChannel(
  connection: ClusterConnection,
  target: ExecTarget,
  command: readonly string[],
  options: ExecOptions,
): Promise<ExecChannel> {
  const unread: Buffer[] = [];
  let wanted: Wanted | undefined;
  const sink = (bytes: Buffer, from: ExecSocket): void => {
    const rest = wanted === undefined ? bytes : fill(wanted, bytes);
    if (rest.length === 0) return;
    unread.push(Buffer.from(rest));
    from.pause();
  };
  const exec = await openExec(connection, target, command, sink, options);

  const read = async (buffer: Uint8Array): Promise<void> => {
    if (wanted !== undefined) throw new TypeError('read: one at a time');
    const filled = Promise.withResolvers<'filled'>();
    const { silenceMs } = exec.timing;
    const silent = (): void => exec.lose(`no byte for ${silenceMs / 1000} seconds`);
    const watch = watchSilence(silenceMs, silent);
    const here: Wanted = { buffer, count: 0, filled: () => filled.resolve('filled'), watch };
    wanted = here;
    try {
      while (here.count < buffer.length && unread.length > 0) {
        const rest = fill(here, unread.shift() ?? Buffer.alloc(0));
        if (rest.length > 0) unread.unshift(rest);
      }
      if (here.count === buffer.length) return;
      exec.resume();
      const end = await Promise.race([filled.promise, exec.ended]);
      if (end !== 'filled') {
        throw exec.failure(end, `${buffer.length} bytes, ${here.count} arrived`);
      }
    } finally {
      watch.stop();
      wanted = undefined;
    }
  };

  return { read, write: (bytes) => exec.write(bytes), close: () => exec.close() };
}

interface Wanted {
  readonly buffer: Uint8Array;
  count: number;
  readonly filled: () => void;
  readonly watch: SilenceWatch;
}

/** Copies into the buffer that is waiting, and returns what did not fit. */
function fill(wanted: Wanted, bytes: Buffer): Buffer {
  const taken = bytes.copy(wanted.buffer, wanted.count);
  wanted.count += taken;
  if (taken > 0) wanted.watch.heard();
  if (wanted.count === wanted.buffer.length) wanted.filled();
  return bytes.subarray(taken);
}
