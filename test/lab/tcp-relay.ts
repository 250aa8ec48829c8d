import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import type { Socket } from 'node:net';

import { freePort } from '../../src/testing/free-port.ts';

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
  const pairs = new Set<readonly [Socket, Socket]>();
  let isSilent = false;
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', ...target });
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.setNoDelay(true);
      from.on('error', end).on('close', end);
      if (!isSilent) from.pipe(to);
    }
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy();
  };
  return {
    port,
    get connections() {
      return pairs.size;
    },
    cut,
    silence() {
      isSilent = true;
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
      }
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
