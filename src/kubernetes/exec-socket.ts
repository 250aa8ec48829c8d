import { outputChannel, stdinMessages } from './channels.ts';
import type { OutputChannel } from './channels.ts';
import { execFailure } from './exec-target.ts';
import type { ExecTarget } from './exec-target.ts';
import { networkReason } from './request.ts';
import { serverLine } from './server-status.ts';
import { readStatusFrame } from './status-frame.ts';
import { watchSilence } from './watch-silence.ts';
import type { SilenceWatch } from './watch-silence.ts';
import type { WebSocket, WebSocketListener } from './web-socket.ts';

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

/** Is given stdout piece by piece, maybe before the exec is open to its caller; the bytes are lent, and gone when it returns. */
export type ExecSink = (bytes: Buffer, exec: ExecSocket) => void;

const maxStderrBytes = 64 * 1024;

/** A longer status is none. */
const maxStatusBytes = 64 * 1024;

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
  /** Of the message that is arriving; `undefined` before its first byte. */
  #channel: OutputChannel | undefined;
  #status = Buffer.alloc(0);
  #over = false;

  /** Takes over a websocket that was opened, and reads what comes. */
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
    socket.listen({
      piece: this.#receive,
      heard: this.#watch.heard,
      ended: (observed) => this.lose(serverLine(observed)),
    });
  }

  /** What came of stderr, at most 64 KiB. */
  get stderr(): string {
    return Buffer.concat(this.#stderr).toString('utf8');
  }

  /** Sends bytes to the command's stdin and waits until the operating system has them. */
  async write(bytes: Uint8Array): Promise<void> {
    for (const message of stdinMessages(bytes)) {
      if (!this.#over) await Promise.race([this.#send(message), this.ended]);
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
    await this.#socket.close();
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

  readonly #receive: WebSocketListener['piece'] = (piece, { isFirst, isLast }) => {
    if (this.#over) return;
    this.#watch.heard();
    let bytes = piece;
    if (isFirst) this.#channel = undefined;
    if (this.#channel === undefined && bytes.length > 0) {
      this.#channel = outputChannel(bytes[0] ?? 0);
      if (this.#channel === undefined) return this.#break(`a message on channel ${bytes[0]}`);
      bytes = bytes.subarray(1);
    }
    switch (this.#channel) {
      case 'stdout':
        return bytes.length > 0 ? this.#sink(bytes, this) : undefined;
      case 'stderr':
        return this.#keepStderr(bytes);
      case 'status':
        return this.#receiveStatus(bytes, isLast);
      case undefined:
        return isLast ? this.#break('a message without a channel') : undefined;
    }
  };

  #break(observed: string): void {
    this.lose(`${observed}, expected stdout, stderr or status`);
  }

  #receiveStatus(bytes: Buffer, isLast: boolean): void {
    this.#status = Buffer.concat([this.#status, bytes]);
    if (this.#status.length > maxStatusBytes) return this.#break('a status without an end');
    // Some servers open every channel with an empty message.
    if (!isLast || this.#status.length === 0) return;
    const status = readStatusFrame(this.#status);
    if (status.kind === 'failed') return this.lose(status.observed);
    this.#finish(status);
    void this.close();
  }

  #keepStderr(bytes: Buffer): void {
    const kept = Buffer.from(bytes.subarray(0, this.#stderrRoom));
    this.#stderrRoom -= kept.length;
    if (kept.length > 0) this.#stderr.push(kept);
  }

  readonly #ping = (): void => {
    if (!this.#socket.isPaused) this.#socket.ping();
  };

  readonly #unheard = (): void => {
    // While paused a pong waits behind the bytes that nobody asked for.
    if (!this.#socket.isPaused) {
      this.lose(`no answer to pings for ${this.timing.pongMs / 1000} seconds`);
    }
  };

  async #send(message: Buffer): Promise<void> {
    await this.#socket.send(message).catch((error: unknown) => this.lose(networkReason(error)));
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
}
