/** What the first and the second signal do; later ones do nothing. */
export interface Interrupts {
  readonly first: () => void;
  readonly second: () => void;
}

/** Listens for any of these signals, counted together, until the returned function is called. */
export function onSignals(
  signals: readonly NodeJS.Signals[],
  { first, second }: Interrupts,
): () => void {
  let count = 0;
  const signalled = (): void => {
    count += 1;
    if (count === 1) first();
    if (count === 2) second();
  };
  for (const signal of signals) process.on(signal, signalled);
  return () => {
    for (const signal of signals) process.off(signal, signalled);
  };
}
