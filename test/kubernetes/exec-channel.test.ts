import { createHash, randomBytes } from 'node:crypto';

import { expect, test, vi } from 'vitest';

import { openExecChannel } from '../../src/kubernetes/exec-channel.ts';
import type { ExecChannel } from '../../src/kubernetes/exec-channel.ts';
import type { ExecOptions } from '../../src/kubernetes/open-exec.ts';
import { exited, failureOf, message, noAbort, serveExec, target } from './test-server.ts';
import type { TestServer } from './test-server.ts';

const mib = 1024 * 1024;

async function open(
  server: TestServer,
  options: Partial<ExecOptions> = {},
): Promise<ExecChannel & AsyncDisposable> {
  const complete = { signal: noAbort(), ...options };
  const channel = await openExecChannel(server.connection, target, ['true'], complete);
  return { ...channel, [Symbol.asyncDispose]: () => channel.close() };
}

test('reads fill their buffers whatever the messages look like', async () => {
  const content = randomBytes(300_000);
  await using server = await serveExec({
    connected(socket) {
      for (
        let start = 0, size = 1;
        start < content.length;
        start += size, size = (size * 7) % 5003
      ) {
        socket.send(message(1, content.subarray(start, start + size)));
      }
    },
  });
  await using channel = await open(server);
  const parts: Buffer[] = [];
  for (let left = content.length; left > 0;) {
    const part = Buffer.alloc(Math.min(left, 1 + ((left * 13) % 9973)));
    await channel.read(part);
    parts.push(part);
    left -= part.length;
  }
  expect(Buffer.concat(parts).equals(content)).toBe(true);
});

test('a process answers what it is asked, one request after the other', async () => {
  await using server = await serveExec({
    connected(socket) {
      socket.on('message', (data: Buffer) => {
        const count = Number(data.toString('utf8', 1));
        socket.send(message(1, Buffer.alloc(count, count)));
      });
    },
  });
  await using channel = await open(server);
  for (const count of [5, 1, 0, 77]) {
    await channel.write(Buffer.from(`${count}\n`));
    const buffer = Buffer.alloc(count);
    await channel.read(buffer);
    expect(buffer).toEqual(Buffer.alloc(count, count));
  }
});

test('bytes that nobody asked for wait at the other end, and are whole when they are asked for', async () => {
  const [frame, frames] = [randomBytes(32 * 1024), 4096];
  let sent = 0;
  await using server = await serveExec({
    async connected(socket) {
      while (sent < frames) {
        const { promise, resolve } = Promise.withResolvers<unknown>();
        socket.send(message(1, frame), resolve);
        await promise;
        sent++;
      }
    },
  });
  await using channel = await open(server);
  await channel.read(Buffer.alloc(1));

  let before = -1;
  const standsStill = (): void => {
    const last = before;
    before = sent;
    expect(sent).toBe(last);
  };
  await vi.waitFor(standsStill, { interval: 200, timeout: 10_000 });
  // What the kernels of both ends hold, out of 128 MiB.
  expect(sent * frame.length).toBeLessThan(32 * mib);

  const rest = Buffer.alloc(frame.length * frames - 1);
  await channel.read(rest);
  const whole = createHash('sha256');
  for (let i = 0; i < frames; i++) whole.update(frame);
  const got = createHash('sha256').update(frame.subarray(0, 1)).update(rest);
  expect(got.digest('hex')).toBe(whole.digest('hex'));
});

test('a connection that is cut in the middle of a read says how many bytes arrived', async () => {
  await using server = await serveExec({
    connected(socket) {
      socket.send(message(1, 'abc'), () => socket.terminate());
    },
  });
  await using channel = await open(server);
  await expect(channel.read(Buffer.alloc(10))).rejects.toMatchObject({
    type: 'NodeUnreachable',
    nonRetryable: false,
    message: expect.stringContaining('code 1006, expected 10 bytes, 3 arrived'),
  });
  await expect(channel.read(Buffer.alloc(1))).rejects.toMatchObject({ type: 'NodeUnreachable' });
  await expect(channel.write(Buffer.of(1))).rejects.toMatchObject({ type: 'NodeUnreachable' });
});

test('a process that ends gives what it wrote, and then nothing but its exit code', async () => {
  await using server = await serveExec({
    connected(socket) {
      socket.send(message(1, 'abc'));
      socket.send(exited(4));
    },
  });
  await using channel = await open(server);
  const two = Buffer.alloc(2);
  await channel.read(two);
  expect(two.toString()).toBe('ab');
  await expect(channel.read(two)).rejects.toMatchObject({
    type: 'NodeUnreachable',
    message: expect.stringContaining('exit code 4, expected 2 bytes, 1 arrived'),
  });
});

test('a read that no byte comes for is given up', async () => {
  await using server = await serveExec({ connected: (socket) => socket.send(message(1, 'a')) });
  await using channel = await open(server, { timing: { silenceMs: 30 } });
  await expect(channel.read(Buffer.alloc(2))).rejects.toMatchObject({
    type: 'NodeUnreachable',
    message: expect.stringContaining('no byte for 0.03 seconds, expected 2 bytes, 1 arrived'),
  });
});

test('a read that bytes come for, however slowly, goes on', async () => {
  await using server = await serveExec({
    connected: (socket) => void socket.on('ping', () => socket.send(message(1, 'a'))),
  });
  await using channel = await open(server, { timing: { pingMs: 50, silenceMs: 500 } });
  const buffer = Buffer.alloc(20);
  await channel.read(buffer);
  expect(buffer.toString()).toBe('a'.repeat(20));
});

test("a process that stood still itself does not take that for the other end's silence", async () => {
  await using server = await serveExec({
    connected: (socket) => void socket.on('message', () => socket.send(message(1, 'a'))),
  });
  await using channel = await open(server, {
    timing: { pingMs: 20, pongMs: 100, silenceMs: 100 },
  });
  const buffer = Buffer.alloc(1);
  const read = channel.read(buffer);
  await channel.write(Buffer.of(1));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  await read;
  expect(buffer.toString()).toBe('a');
});

test('a process that nobody reads from may be silent as long as the connection lives', async () => {
  const pinged = Promise.withResolvers<void>();
  await using server = await serveExec({
    connected(socket) {
      let pings = 0;
      socket.on('ping', () => ++pings === 10 && pinged.resolve());
      socket.on('message', () => socket.send(message(1, 'x')));
    },
  });
  await using channel = await open(server, { timing: { pingMs: 10, pongMs: 50, silenceMs: 50 } });
  await pinged.promise;
  await channel.write(Buffer.of(1));
  const buffer = Buffer.alloc(1);
  await channel.read(buffer);
  expect(buffer.toString()).toBe('x');
});

test('an aborted signal ends a waiting read with its reason and closes the connection', async () => {
  const closed = Promise.withResolvers<void>();
  await using server = await serveExec({
    connected: (socket) => void socket.on('close', () => closed.resolve()),
  });
  const abort = new AbortController();
  const reason = new Error('cancelled');
  await using channel = await open(server, { signal: abort.signal });
  const read = channel.read(Buffer.alloc(1));
  abort.abort(reason);
  await expect(read).rejects.toBe(reason);
  await closed.promise;
});

test('closing ends the connection, may be repeated, and does not wait for a dead server', async () => {
  await using server = await serveExec({ connected: (socket) => socket.pause() });
  const channel = await open(server);
  const read = channel.read(Buffer.alloc(1));
  await Promise.all([
    expect(read).rejects.toMatchObject({ type: 'NodeUnreachable' }),
    channel.close(),
    channel.close(),
  ]);
  await channel.close();
});

test('two reads at a time are a mistake', async () => {
  await using server = await serveExec({ connected: () => {} });
  const channel = await open(server);
  const first = failureOf(channel.read(Buffer.alloc(1)));
  await expect(channel.read(Buffer.alloc(1))).rejects.toThrow(TypeError);
  await channel.close();
  expect(await first).toMatchObject({ type: 'NodeUnreachable' });
});
