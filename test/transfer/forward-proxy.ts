import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

import { freePort } from '../../src/testing/free-port.ts';

/** An HTTP proxy on loopback. */
export interface ForwardProxy extends AsyncDisposable {
  readonly url: string;
  /** Where each request that it was given went, in order. */
  readonly seen: string[];
}

export async function startForwardProxy(): Promise<ForwardProxy> {
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, url = '', headers } = incoming;
    seen.push(new URL(url).origin);
    const there = ask(url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    there.on('error', () => outgoing.destroy());
    incoming.pipe(there);
  });
  const tunnels = new Set<Duplex>();
  server.on('connect', ({ url = '' }, socket: Duplex) => {
    const { origin, hostname, port } = new URL(`https://${url}`);
    seen.push(origin);
    const there = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      there.pipe(socket).pipe(there);
    });
    for (const end of [socket, there]) {
      tunnels.add(end);
      end.on('error', () => end.destroy());
      end.on('close', () => {
        socket.destroy();
        there.destroy();
      });
    }
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      for (const end of tunnels) end.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
