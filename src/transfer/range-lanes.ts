import { createPace } from './pace.ts';
import { Lane } from './lane.ts';
import type { LaneOptions, Range } from './lane.ts';

/** Several sessions that read one file together, range by range. */
export interface RangeLanes extends AsyncDisposable {
  /**
   * Fills `buffer` from `offset`. Reads may overlap; their ranges are asked for in the order of the calls. A range whose
   * session broke is read again through another, and those that arrived are kept. When it settles, nothing touches
   * `buffer` any more.
   *
   * @throws `ChecksumMismatch` when what arrived twice is no answer, `NodeUnreachable` when a lane could not go on in six
   *   tries (both retryable), or what opening a session fails with
   */
  read(offset: number, buffer: Uint8Array, options?: { readonly plain?: boolean }): Promise<void>;
}

/** Options of {@link createRangeLanes}. */
export interface RangeLanesOptions extends Omit<LaneOptions, 'wait'> {
  /** How many there are; each opens its session when there is a range for it. */
  readonly lanes: number;
  readonly rangeBytes: number;
  /** Of the file, by all lanes together. @default no limit */
  readonly maxBytesPerSecond?: number | undefined;
}

/** Makes lanes; they open no session yet. */
export function createRangeLanes(options: RangeLanesOptions): RangeLanes {
  const { rangeBytes, maxBytesPerSecond } = options;
  const queue: Range[] = [];
  const wait = createPace(maxBytesPerSecond);
  const lanes = Array.from({ length: options.lanes }, () => new Lane(queue, { ...options, wait }));
  return {
    async read(offset, buffer, { plain = false } = {}) {
      const arrivals: Promise<void>[] = [];
      for (let start = 0; start < buffer.length; start += rangeBytes) {
        const { promise, resolve: arrived, reject: failed } = Promise.withResolvers<void>();
        const bytes = buffer.subarray(start, start + rangeBytes);
        queue.push({ offset: offset + start, bytes, plain, arrived, failed });
        arrivals.push(promise);
      }
      const idle = lanes.filter((lane) => !lane.isWorking);
      for (const lane of idle.slice(0, arrivals.length)) lane.work();
      const ends = await Promise.allSettled(arrivals);
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(lanes.map((lane) => lane.end()));
    },
  };
}
