import { setTimeout as delay } from 'node:timers/promises';

import { failureType } from '../contracts/failures.ts';
import type { RangeSession } from './range-session.ts';

/** A range of a file that a read waits for. */
export interface Range {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Whether it is asked for as it is. */
  readonly plain: boolean;
  readonly arrived: () => void;
  readonly failed: (error: unknown) => void;
}

/** What a lane works with. */
export interface LaneOptions {
  readonly open: () => Promise<RangeSession>;
  /** How many milliseconds so many bytes must wait before they are asked for. */
  readonly wait: (bytes: number, nowMs: number) => number;
  /** The first wait before a new session is opened; it doubles each time. */
  readonly retryDelayMs: number;
  readonly signal: AbortSignal;
}

/** So many ranges are asked for at once: one is on its way while the node works on the next. */
const ahead = 2;

/** New sessions before one range arrived. */
const retries = 5;

/** Takes ranges from a queue that it shares with others, and reads them through a session of its own. */
export class Lane {
  readonly #queue: Range[];
  readonly #options: LaneOptions;
  readonly #ending = new AbortController();
  readonly #asked: { readonly range: Range; readonly answer: Promise<void> }[] = [];
  #session: RangeSession | undefined;
  #working: Promise<void> | undefined;
  #failures = 0;

  constructor(queue: Range[], options: LaneOptions) {
    this.#queue = queue;
    this.#options = options;
  }

  get isWorking(): boolean {
    return this.#working !== undefined;
  }

  /** Works the queue off. */
  work(): void {
    this.#working ??= this.#workOff();
  }

  /** Fails what it was asked for and closes its session. */
  async end(): Promise<void> {
    this.#ending.abort(new Error('the lane was closed'));
    await this.#close();
    await this.#working;
    await this.#close();
  }

  async #workOff(): Promise<void> {
    while (this.#queue.length > 0 || this.#asked.length > 0) {
      try {
        // The others have their turn before this one takes another range.
        this.#session ??= await this.#options.open();
        await Promise.resolve();
        const range = this.#asked.length < ahead ? this.#queue.shift() : undefined;
        if (range !== undefined) this.#ask(this.#session, range);
        else await this.#takeFirst();
      } catch (error) {
        await this.#recover(error);
      }
    }
    this.#working = undefined;
  }

  #ask(session: RangeSession, range: Range): void {
    const answer = this.#read(session, range);
    this.#asked.push({ range, answer });
    // It is waited for in its turn.
    answer.catch(() => {});
  }

  async #read(session: RangeSession, { offset, bytes, plain }: Range): Promise<void> {
    const ms = this.#options.wait(bytes.length, performance.now());
    if (ms > 0) await this.#delay(ms);
    await (plain ? session.readPlain(offset, bytes) : session.read(offset, bytes));
  }

  async #takeFirst(): Promise<void> {
    await this.#asked[0]?.answer;
    this.#asked.shift()?.range.arrived();
    this.#failures = 0;
  }

  async #recover(cause: unknown): Promise<void> {
    await this.#close();
    await Promise.allSettled(this.#asked.map(({ answer }) => answer));
    const ranges = this.#asked.splice(0).map(({ range }) => range);
    const { signal, retryDelayMs } = this.#options;
    const type = failureType(cause);
    const isOver = signal.aborted || this.#ending.signal.aborted;
    if (!isOver && type === 'ChecksumMismatch' && ranges[0]?.plain === false) {
      this.#queue.unshift(...ranges.map((range) => ({ ...range, plain: true })));
    } else if (!isOver && type === 'NodeUnreachable' && this.#failures < retries) {
      this.#queue.unshift(...ranges);
      await this.#delay(retryDelayMs * 2 ** this.#failures++).catch(() => {});
    } else {
      const reason = signal.aborted ? signal.reason : cause;
      for (const range of [...ranges, ...this.#queue.splice(0)]) range.failed(reason);
    }
  }

  async #delay(ms: number): Promise<void> {
    const signal = AbortSignal.any([this.#options.signal, this.#ending.signal]);
    await delay(ms, undefined, { signal });
  }

  async #close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }
}
