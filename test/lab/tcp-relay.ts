import { startRelay } from './relay.ts';

/** A wire on loopback that can be cut. */
export interface TcpRelay {
  readonly port: number;
  /** How many connections go over it. */
  readonly connections: number;
  /** Breaks them all. */
  cut(): void;
  /** Lets no byte through any more, and breaks nothing: as a cable that was pulled. New connections too. */
  silence(): void;
  close(): Promise<void>;
}

/** Passes what comes to a port of its own on to another one of loopback, or of `host`. */
export async function startTcpRelay(target: {
  readonly port: number;
  readonly host?: string;
}): Promise<TcpRelay> {
  let isSilent = false;
  const relay = await startRelay(target, (near, far) => {
    if (!isSilent) near.pipe(far).pipe(near);
  });
  return {
    port: relay.port,
    get connections() {
      return relay.pairs.size;
    },
    cut() {
      for (const pair of relay.pairs) for (const socket of pair) socket.resetAndDestroy();
    },
    silence() {
      isSilent = true;
      for (const [near, far] of relay.pairs) {
        near.unpipe(far);
        far.unpipe(near);
      }
    },
    close: async () => await relay.close(),
  };
}
