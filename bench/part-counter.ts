import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { freePort } from '../src/testing/free-port.ts';

/** Stands between a worker and its S3 server and counts parts. */
export interface PartCounter extends AsyncDisposable {
  readonly endpoint: string;
  /** The number of each part of a large file whose bytes began to come, in the order of time; a repeated one again. */
  readonly begun: readonly number[];
  /** How many were answered with success. */
  readonly stored: number;
}

/** Starts one on a free port of loopback; everything passes as it is, so that signatures hold. */
export async function startPartCounter(target: string): Promise<PartCounter> {
  const { hostname, port } = new URL(target);
  const agent = new Agent({ keepAlive: true });
  const begun: number[] = [];
  let stored = 0;
  const server = createServer((incoming, outgoing) => {
    const part = partNumber(incoming);
    if (part !== undefined) begun.push(part);
    pass(incoming, outgoing, { hostname, port, agent }, (statusCode) => {
      if (part !== undefined && statusCode === 200) stored += 1;
    });
  });
  const own = await freePort();
  server.listen(own, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${own}`,
    begun,
    get stored() {
      return stored;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await once(server, 'close');
    },
  };
}

/** Below this it is no part of a snapshot, but of a smaller file, or of a probe of the endpoint. */
const leastBytes = 1024 * 1024;

function partNumber({ method, url = '', headers }: IncomingMessage): number | undefined {
  const number = /[?&]partNumber=(\d+)/.exec(url)?.[1];
  const isLarge = Number(headers['content-length']) >= leastBytes;
  return method === 'PUT' && isLarge && number !== undefined ? Number(number) : undefined;
}

function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  target: { readonly hostname: string; readonly port: string; readonly agent: Agent },
  answered: (statusCode: number | undefined) => void,
): void {
  const { method, url: path, headers } = incoming;
  const passed = request({ ...target, method, path, headers });
  passed.on('response', (response) => {
    answered(response.statusCode);
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(outgoing);
  });
  passed.on('error', () => outgoing.destroy());
  // A worker that was killed ends its request in the middle.
  incoming.on('close', () => {
    if (!incoming.complete) passed.destroy();
  });
  incoming.on('error', () => passed.destroy());
  incoming.pipe(passed);
}
