import { constants } from 'node:os';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { execa } from 'execa';

/** How a process, or our interest in it, ended; the first cause wins. */
export type ProcessEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  /** It could not be started; `code` is the operating system's word. */
  | { readonly kind: 'unstarted'; readonly code: string }
  | { readonly kind: 'lost'; readonly observed: string }
  | { readonly kind: 'aborted'; readonly reason: unknown }
  | { readonly kind: 'closed' };

/** What starting a process takes. */
export interface PipedProcessOptions {
  readonly signal: AbortSignal;
  /**
   * What becomes of the process when nobody waits for it any more: `ssh` is only a connection and is ended; a command of the
   * node's own goes on, as it would behind a connection that broke.
   */
  readonly whenLeft: 'end' | 'leave';
}

const stderrHead = 128 * 1024;
const stderrTail = 4 * 1024;
const stderrLagMs = 500;
const goodbyeMs = 1_000;

type PipedChild = ReturnType<typeof start>;

// In a session of its own: what the terminal of the worker sends is not for a command on the node. One that does not heed
// SIGTERM gets SIGKILL five seconds later.
function start(file: string, argv: readonly string[]) {
  const pipes = { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe', buffer: false } as const;
  const alone = { cwd: '/', detached: true, cleanup: false, reject: false } as const;
  return execa(file, argv, { ...pipes, ...alone });
}

/**
 * A program of this machine with three pipes. Its stderr is read always, and its beginning and end are kept; its stdout is
 * read when somebody reads it, and waits in its pipe until then, but for about 64 KiB.
 */
export class PipedProcess {
  /** Settles once and never rejects. What was written to stdout before may still wait there. */
  readonly ended: Promise<ProcessEnd>;

  readonly #child: PipedChild;
  readonly #settle: (end: ProcessEnd) => void;
  readonly #options: PipedProcessOptions;
  readonly #exited: Promise<void>;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);
  #end: ProcessEnd | undefined;
  #wake = (): void => {};

  /** Starts it. @throws the signal's reason when that is aborted already */
  constructor(file: string, argv: readonly string[], options: PipedProcessOptions) {
    const { signal } = options;
    signal.throwIfAborted();
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<ProcessEnd>();
    this.ended = promise;
    this.#settle = resolve;
    this.#child = start(file, argv);
    const { stdin, stdout, stderr } = this.#child;
    // A process may end without having read its stdin.
    for (const stream of [stdin, stdout, stderr]) stream.on('error', () => {});
    for (const event of ['readable', 'end', 'close']) stdout.on(event, () => this.#wake());
    stderr.on('data', this.#keep);
    signal.addEventListener('abort', this.#abort, { once: true });
    this.#exited = this.#untilExit();
  }

  /** What the process wrote first to stderr, at most 128 KiB, and what it wrote last, at most 4 KiB. */
  get stderr(): { readonly head: Buffer; readonly tail: Buffer } {
    return { head: this.#head, tail: this.#tail };
  }

  /**
   * The next bytes of stdout, at most `most`; `undefined` once there will be none, or nobody waits for the process any more.
   * One call at a time.
   */
  async next(most: number = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    const { stdout } = this.#child;
    for (;;) {
      // Of a process that exited everything it wrote is still read.
      if (this.#end !== undefined && this.#end.kind !== 'exited') return undefined;
      const chunk: Buffer | null = stdout.read(Math.min(most, stdout.readableLength));
      if (chunk !== null) return chunk;
      if (stdout.readableEnded || stdout.destroyed) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  /** Gives bytes of stdout back, for the next call. */
  unread(bytes: Buffer): void {
    if (bytes.length > 0) this.#child.stdout.unshift(bytes);
  }

  /** Sends bytes to stdin and waits until the operating system has them. Returns how the process ended, where it has. */
  async write(bytes: Uint8Array): Promise<ProcessEnd | undefined> {
    const { stdin } = this.#child;
    const written = Promise.withResolvers<void>();
    if (this.#end === undefined) stdin.write(bytes, () => written.resolve());
    await Promise.race([written.promise, this.ended]);
    if (stdin.destroyed) this.lose('it reads no more');
    return this.#end;
  }

  /** Sends the last bytes to stdin, and its end. */
  finishStdin(bytes: Uint8Array = new Uint8Array()): void {
    this.#child.stdin.end(bytes);
  }

  /** Gives the process up. */
  lose(observed: string): void {
    if (this.#finish({ kind: 'lost', observed })) this.#leave();
  }

  /** Ends its stdin, once all that was written is on its way, and our interest. Safe to repeat; never fails. */
  async close(): Promise<void> {
    this.#finish({ kind: 'closed' });
    this.#child.stdin.end();
    this.#child.stdout.destroy();
    if (this.#options.whenLeft === 'end') {
      await Promise.race([this.#exited, delay(goodbyeMs, undefined, { ref: false })]);
    }
    this.#leave();
  }

  readonly #abort = (): void => {
    if (this.#finish({ kind: 'aborted', reason: this.#options.signal.reason })) this.#leave();
  };

  readonly #keep = (bytes: Buffer): void => {
    const room = stderrHead - this.#head.length;
    if (room > 0) this.#head = Buffer.concat([this.#head, bytes.subarray(0, room)]);
    this.#tail = Buffer.concat([this.#tail, bytes]).subarray(-stderrTail);
  };

  async #untilExit(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<ProcessEnd>();
    this.#child.nodeChildProcess.once('exit', (code, signal) => {
      const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
      resolve({ kind: 'exited', exitCode });
    });
    // It comes after the exit of a process that has begun.
    void this.#child.then(({ code = 'unknown' }) => resolve({ kind: 'unstarted', code }));
    const end = await promise;
    // What it said last explains its end; a process that it left behind may hold the pipe for ever.
    const heard = finished(this.#child.stderr).catch(() => {});
    await Promise.race([heard, delay(stderrLagMs, undefined, { ref: false })]);
    this.#finish(end);
  }

  #finish(end: ProcessEnd): boolean {
    if (this.#end !== undefined) return false;
    this.#end = end;
    this.#options.signal.removeEventListener('abort', this.#abort);
    this.#settle(end);
    this.#wake();
    return true;
  }

  #leave(): void {
    const { stdin, stdout, stderr } = this.#child;
    if (this.#options.whenLeft === 'end') {
      this.#child.kill('SIGTERM');
      return;
    }
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
    this.#child.nodeChildProcess.unref();
  }
}
