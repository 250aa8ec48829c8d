/** Lets so many transfers run at once in this process; the others wait their turn, in order. */
export interface TransferLanes {
  /** Runs `work` when there is a lane for it; calls `onWait` when there is none yet. An aborted signal ends the wait with its reason. */
  enter<T>(signal: AbortSignal, onWait: () => void, work: () => Promise<T>): Promise<T>;
}

export function transferLanes(lanes: number): TransferLanes {
  let free = lanes;
  const waiting: (() => void)[] = [];
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    async enter(signal, onWait, work) {
      if (free > 0) free -= 1;
      else {
        onWait();
        await turn(waiting, signal);
      }
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}

async function turn(waiting: (() => void)[], signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const giveUp = (): void => {
    waiting.splice(waiting.indexOf(resolve), 1);
    reject(signal.reason);
  };
  signal.addEventListener('abort', giveUp, { once: true });
  waiting.push(resolve);
  try {
    await promise;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
