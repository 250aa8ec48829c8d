/**
 * Settles as `work` does, but no later than the signal's abort (with the signal's reason) or `ms` milliseconds (with
 * what `late` makes). The signal that `work` is given aborts with the same reason.
 */
export async function withDeadline<T>(
  ms: number,
  signal: AbortSignal,
  late: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const stopped = Promise.withResolvers<never>();
  const end = (reason: unknown): void => {
    stop.abort(reason);
    stopped.reject(reason);
  };
  const onAbort = (): void => end(signal.reason);
  const timer = setTimeout(() => end(late()), ms);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([stopped.promise, work(stop.signal)]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
