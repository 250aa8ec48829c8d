import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

import { freePort } from '../../src/testing/free-port.ts';

/** The two ends of one connection over a wire. */
export type RelayedPair = readonly [near: Socket, far: Socket];

/** A wire on loopback. */
export interface Relay {
  readonly port: number;
  /** The connections that are open. */
  readonly pairs: ReadonlySet<RelayedPair>;
  /** Breaks every connection and takes none any more. */
  close(): Promise<void>;
}

/** Takes connections on a port of its own to another one of loopback, or of `host`; `join` says how bytes go over each. */
export async function startRelay(
  target: { readonly port: number; readonly host?: string },
  join: (...pair: RelayedPair) => void,
): Promise<Relay> {
  const pairs = new Set<RelayedPair>();
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', ...target });
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of pair) socket.setNoDelay(true).on('error', end).on('close', end);
    join(near, far);
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port,
    pairs,
    async close() {
      for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy();
      server.close();
      await once(server, 'close');
    },
  };
}
