/**
 * Makes a pace of so many bytes per second: it is told the bytes that are to move and the time in milliseconds, and says how
 * long to wait before they may. Time that passed without any is not made up for. Without a limit nothing waits.
 */
export function createPace(maxBytesPerSecond = Infinity): (bytes: number, nowMs: number) => number {
  let freeMs = -Infinity;
  return (bytes, nowMs) => {
    const startMs = Math.max(freeMs, nowMs);
    freeMs = startMs + (bytes / maxBytesPerSecond) * 1000;
    return startMs - nowMs;
  };
}
