import type { RawData, WebSocket } from 'ws';

import { readFrame, stdinFrames } from './channels.ts';
import { execFailure } from './exec-target.ts';
import type { ExecTarget } from './exec-target.ts';
import { networkReason } from './request.ts';
import { readStatusFrame } from './status-frame.ts';
import { watchSilence } from './watch-silence.ts';
import type { SilenceWatch } from './watch-silence.ts';

/** How long an exec connection may be silent, in milliseconds. */
export interface ExecTiming {
  /** From the beginning to the open connection. */
  readonly handshakeMs: number;
  /** No byte of stdout for so long, while a read waits for one, ends the connection. */
  readonly silenceMs: number;
  /** Between two pings. */
  readonly pingMs: number;
  /** Nothing heard for so long, pongs included, ends the connection; more than {@link pingMs}. */
  readonly pongMs: number;
}

/** What holds unless told otherwise. Many load balancers cut what is silent for 60 seconds. */
export const execTiming: ExecTiming = {
  handshakeMs: 15_000,
  silenceMs: 30_000,
  pingMs: 15_000,
  pongMs: 45_000,
};

/** How an exec ended; the first cause wins. */
export type ExecEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'lost'; readonly observed: string }
  | { readonly kind: 'aborted'; readonly reason: unknown }
  | { readonly kind: 'closed' };

/** Is given stdout piece by piece, from before the exec is open to its caller; it must copy what it keeps. */
export type ExecSink = (bytes: Buffer, exec: ExecSocket) => void;

const maxStderrBytes = 64 * 1024;

/**
 * A command in a container, over one websocket of our own; `openExec` makes it.
 *
 * Ending the connection does not end the command: it notices when it next reads its stdin or writes. Nothing here ends
 * the command's stdin alone, because the protocol before v5 cannot.
 *
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
 */
export class ExecSocket {
  readonly target: ExecTarget;
  readonly timing: ExecTiming;
  /** Settles once and never rejects; the sink has then been given all of stdout that arrived. */
  readonly ended: Promise<ExecEnd>;

  readonly #socket: WebSocket;
  readonly #sink: ExecSink;
  readonly #settle: (end: ExecEnd) => void;
  readonly #signal: AbortSignal;
  readonly #pings: NodeJS.Timeout;
  readonly #watch: SilenceWatch;
  readonly #stderr: Buffer[] = [];
  #stderrRoom = maxStderrBytes;
  #over = false;

  /** Takes over a websocket that is opening. */
  constructor(
    socket: WebSocket,
    target: ExecTarget,
    sink: ExecSink,
    timing: ExecTiming,
    signal: AbortSignal,
  ) {
    const { promise, resolve } = Promise.withResolvers<ExecEnd>();
    this.target = target;
    this.timing = timing;
    this.ended = promise;
    this.#socket = socket;
    this.#sink = sink;
    this.#settle = resolve;
    this.#signal = signal;
    this.#pings = setInterval(this.#ping, timing.pingMs);
    this.#watch = watchSilence(timing.pongMs, this.#unheard);
    signal.addEventListener('abort', this.#abort, { once: true });
    socket.on('message', this.#receive);
    const { heard } = this.#watch;
    socket.on('open', heard).on('ping', heard).on('pong', heard);
    socket.on('error', (error) => this.lose(networkReason(error)));
    socket.on('close', (code) => this.lose(`the connection closed with code ${code}`));
  }

  /** What came of stderr, at most 64 KiB. */
  get stderr(): string {
    return Buffer.concat(this.#stderr).toString('utf8');
  }

  /** Sends bytes to the command's stdin and waits until the operating system has them. */
  async write(bytes: Uint8Array): Promise<void> {
    for (const frame of stdinFrames(bytes)) {
      if (!this.#over) await Promise.race([this.#send(frame), this.ended]);
      if (this.#over) throw this.failure(await this.ended, 'to write');
    }
  }

  /** Reads no more from the network; what it has read already, about 64 KiB, still reaches the sink. */
  pause(): void {
    this.#socket.pause();
  }

  /** Reads on. */
  resume(): void {
    this.#watch.heard();
    this.#socket.resume();
  }

  /** Gives the connection up as broken. */
  lose(observed: string): void {
    if (this.#finish({ kind: 'lost', observed })) this.#socket.terminate();
  }

  /** Ends the connection. Safe to repeat; never fails. */
  async close(): Promise<void> {
    this.#finish({ kind: 'closed' });
    await this.#hangUp();
  }

  /** What a call fails with that expected something else than this end. */
  failure(end: ExecEnd, expected: string): unknown {
    if (end.kind === 'aborted') return end.reason;
    const observed =
      end.kind === 'lost'
        ? end.observed
        : end.kind === 'closed'
          ? 'the connection was closed'
          : `the command ended with exit code ${end.exitCode}`;
    return execFailure('NodeUnreachable', this.target, `${observed}, expected ${expected}`);
  }

  readonly #abort = (): void => {
    if (this.#finish({ kind: 'aborted', reason: this.#signal.reason })) this.#socket.terminate();
  };

  readonly #receive = (message: RawData): void => {
    if (this.#over) return;
    this.#watch.heard();
    const frame = readFrame(Buffer.isBuffer(message) ? message : Buffer.alloc(0));
    switch (frame.kind) {
      case 'stdout':
        return this.#sink(frame.bytes, this);
      case 'stderr':
        return this.#keepStderr(frame.bytes);
      case 'status':
        return this.#receiveStatus(frame.bytes);
      case 'broken':
        return this.lose(`${frame.observed}, expected stdout, stderr or status`);
    }
  };

  #receiveStatus(bytes: Buffer): void {
    // Some servers open every channel with an empty message.
    if (bytes.length === 0) return;
    const status = readStatusFrame(bytes);
    if (status.kind === 'failed') return this.lose(status.observed);
    this.#finish(status);
    void this.#hangUp();
  }

  #keepStderr(bytes: Buffer): void {
    // A copy, because the message's memory is the network chunk's.
    const kept = Buffer.from(bytes.subarray(0, this.#stderrRoom));
    this.#stderrRoom -= kept.length;
    if (kept.length > 0) this.#stderr.push(kept);
  }

  readonly #ping = (): void => {
    const { readyState, OPEN, isPaused } = this.#socket;
    if (readyState === OPEN && !isPaused) this.#socket.ping();
  };

  readonly #unheard = (): void => {
    // While paused a pong waits behind the bytes that nobody asked for.
    if (!this.#socket.isPaused) {
      this.lose(`no answer to pings for ${this.timing.pongMs / 1000} seconds`);
    }
  };

  async #send(frame: Buffer): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.send(frame, (error) => {
      if (error != null) this.lose(networkReason(error));
      resolve();
    });
    await promise;
  }

  #finish(end: ExecEnd): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearInterval(this.#pings);
    this.#watch.stop();
    this.#signal.removeEventListener('abort', this.#abort);
    this.#settle(end);
    return true;
  }

  async #hangUp(): Promise<void> {
    const socket = this.#socket;
    if (socket.readyState === socket.CLOSED) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.once('close', () => resolve());
    // A server that does not answer the closing must not hold us up.
    const impatience = setTimeout(() => socket.terminate(), 1_000);
    socket.resume();
    socket.close();
    await promise;
    clearTimeout(impatience);
  }
}
