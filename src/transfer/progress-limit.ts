import { failure } from '../contracts/failures.ts';

/** Work that is stopped when it stands still. */
export interface ProgressLimit extends Disposable {
  /** Aborted with the caller's reason, or with `NoProgress`. */
  readonly signal: AbortSignal;
  /** Says that the work went on. */
  progressed(): void;
  /** Rejects as soon as `signal` is aborted, whatever `work` does then. */
  race<T>(work: Promise<T>): Promise<T>;
}

// Longer timers fire at once.
const longestMs = 2 ** 31 - 1;

/** Limits how long work may run without progress. Dispose it when the work has ended. */
export function limitProgress(options: {
  readonly signal: AbortSignal;
  readonly noProgressMs: number;
  /** Whose progress it is, for the failure. */
  readonly what: string;
}): ProgressLimit {
  const { what, noProgressMs } = options;
  const standstill = new AbortController();
  const timer = setTimeout(
    () => {
      const observed = `${what}: no progress for ${Math.round(noProgressMs / 1000)} s`;
      standstill.abort(failure('NoProgress', { observed }));
    },
    Math.min(noProgressMs, longestMs),
  );
  const signal = AbortSignal.any([options.signal, standstill.signal]);
  return {
    signal,
    progressed: () => {
      if (!signal.aborted) timer.refresh();
    },
    race: (work) =>
      new Promise((resolve, reject) => {
        const stop = () => reject(signal.reason);
        work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
        if (signal.aborted) stop();
        else signal.addEventListener('abort', stop, { once: true });
      }),
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
