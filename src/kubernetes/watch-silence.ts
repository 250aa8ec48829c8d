/** A watch over something that should be heard from now and then. */
export interface SilenceWatch {
  /** Begins anew. */
  readonly heard: () => void;
  readonly stop: () => void;
}

const steps = 4;

/**
 * Calls `onSilence` once nothing was heard for `ms` milliseconds, or a quarter more. It counts ticks of a timer, of which
 * only one comes late when this process itself stood still: its own sleep is not taken for silence.
 */
export function watchSilence(ms: number, onSilence: () => void): SilenceWatch {
  let ticks = 0;
  const timer = setInterval(() => {
    if (++ticks > steps) onSilence();
  }, ms / steps);
  return {
    heard: () => {
      ticks = 0;
    },
    stop: () => clearInterval(timer),
  };
}
