import { once } from 'node:events';

import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket as ServerSocket } from 'ws';

import { openWebSocket } from '../../src/kubernetes/web-socket.ts';
import type { WebSocket, WebSocketListener } from '../../src/kubernetes/web-socket.ts';

let server: WebSocketServer;
let url: URL;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'bulk' });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  url = new URL(`http://127.0.0.1:${address.port}`);
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
});

/** Both ends of a connection, and what ours hears. */
async function connect(listener: Partial<WebSocketListener> = {}) {
  const accepted = Promise.withResolvers<ServerSocket>();
  server.once('connection', accepted.resolve);
  const ours = await openWebSocket(url, 'bulk', {});
  const ended = Promise.withResolvers<string>();
  ours.listen({ piece() {}, heard() {}, ended: ended.resolve, ...listener });
  return { ours, theirs: await accepted.promise, ended: ended.promise };
}

test.each([0, 5, 125, 126, 65_535, 65_536])(
  'a message of ours with %d bytes arrives as it is',
  async (length) => {
    const { ours, theirs } = await connect();
    const arrived = once(theirs, 'message');
    const payload = Buffer.alloc(length, 'stdin');
    await ours.send(payload);
    expect((await arrived)[0]).toEqual(payload);
    await ours.close();
  },
);

test('pings are answered, and answers are heard', async () => {
  const heard = Promise.withResolvers<void>();
  const { ours, theirs } = await connect({ heard: heard.resolve });
  const answered = once(theirs, 'pong');
  theirs.ping('still there?');
  expect((await answered)[0]?.toString()).toBe('still there?');
  ours.ping();
  await heard.promise;
  await ours.close();
});

test('what is paused reads no more than it had', async () => {
  let count = 0;
  const some = Promise.withResolvers<void>();
  const all = Promise.withResolvers<void>();
  const total = 64 * 1024 * 1024;
  const socket: { ours?: WebSocket } = {};
  const { ours, theirs } = await connect({
    piece(bytes) {
      const isFirst = count === 0;
      count += bytes.length;
      if (isFirst) {
        socket.ours?.pause();
        some.resolve();
      }
      if (count === total) all.resolve();
    },
  });
  socket.ours = ours;
  for (let sent = 0; sent < total; sent += 1024 * 1024) theirs.send(Buffer.alloc(1024 * 1024));
  await some.promise;
  ours.ping();
  await once(theirs, 'ping');
  expect(ours.isPaused).toBe(true);
  expect(count).toBeLessThan(1024 * 1024);
  ours.resume();
  await all.promise;
  await ours.close();
});

test('a closing is answered, and heard once', async () => {
  const heard: string[] = [];
  const { ours, theirs } = await connect({ ended: (observed) => heard.push(observed) });
  const closed = once(theirs, 'close');
  theirs.close(1001);
  expect((await closed)[0]).toBe(1001);
  await ours.close();
  expect(heard[0]).toBe('the connection closed with code 1001');
});

test('closing ends the connection, also where the other end does not answer, and may be repeated', async () => {
  const { ours, theirs } = await connect();
  theirs.pause();
  await Promise.all([ours.close(), ours.close()]);
  await ours.close();
  await expect(ours.send(Buffer.of(1))).rejects.toThrow('write after end');
});

test.each([
  ['another key', { 'sec-websocket-accept': 'x' }],
  ['another protocol', { 'sec-websocket-protocol': 'other' }],
])('an upgrade that answers %s is none', async (_what, answer) => {
  server.on('headers', (headers) => {
    for (const [name, value] of Object.entries(answer)) {
      const at = headers.findIndex((line) => line.toLowerCase().startsWith(name));
      headers[at] = `${name}: ${value}`;
    }
  });
  await expect(openWebSocket(url, 'bulk', {})).rejects.toThrow(/upgraded to no|took the protocol/);
});
