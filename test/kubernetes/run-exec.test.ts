import { randomBytes } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { runExec } from '../../src/kubernetes/run-exec.ts';
import {
  canary,
  exited,
  failureOf,
  message,
  noAbort,
  refuseExec,
  seenOf,
  serveExec,
  serveSilence,
  statusBody,
  target,
} from './test-server.ts';
import type { ExecPlay, TestServer } from './test-server.ts';

const mib = 1024 * 1024;

async function run(server: TestServer, options: Partial<Parameters<typeof runExec>[3]> = {}) {
  const complete = { signal: noAbort(), maxBytes: mib, ...options };
  return await runExec(server.connection, target, ['true'], complete);
}

const lost = (observed: string) => ({
  type: 'NodeUnreachable',
  nonRetryable: false,
  message: expect.stringContaining(observed),
});

describe('a command that is run to its end', () => {
  test('gives its output, its error output and its exit code', async () => {
    await using server = await serveExec({
      connected(socket) {
        for (const channel of [1, 2, 3]) socket.send(message(channel, ''));
        socket.send(message(1, 'a'));
        socket.send(message(2, 'oops'));
        socket.send(message(1, 'b'));
        socket.send(exited(3));
      },
    });
    expect(await run(server)).toEqual({
      exitCode: 3,
      stdout: Buffer.from('ab'),
      stderr: 'oops',
    });
  });

  test('is asked for as given, argument by argument, with the credentials of the moment', async () => {
    let asked: { url: string; authorization: string | undefined } | undefined;
    await using server = await serveExec({
      connected(socket, request) {
        asked = { url: request.url ?? '', authorization: request.headers.authorization };
        socket.send(exited(0));
      },
    });
    const command = ['sh', '-c', 'echo "$1" & exit', '', 'ä +%?'];
    await runExec(server.connection, target, command, { signal: noAbort(), maxBytes: 1 });
    const url = new URL(asked?.url ?? '', 'http://server');
    expect(url.pathname).toBe('/api/v1/namespaces/etcd-backup/pods/etcd-backup-abc-1/exec');
    expect(url.searchParams.getAll('command')).toEqual(command);
    expect(url.searchParams.get('container')).toBe('container-00');
    expect(asked?.authorization).toBe(`Bearer ${canary}`);
  });

  test('keeps 64 KiB of its error output and no more', async () => {
    await using server = await serveExec({
      connected(socket) {
        for (let i = 0; i < 10; i++) socket.send(message(2, 'x'.repeat(10_000)));
        socket.send(exited(0));
      },
    });
    expect((await run(server)).stderr).toBe('x'.repeat(65_536));
  });

  test('that writes more than was allowed for fails instead of filling the memory', async () => {
    await using server = await serveExec({
      connected(socket) {
        socket.send(message(1, 'x'.repeat(2000)));
        socket.send(exited(0));
      },
    });
    await expect(run(server, { maxBytes: 1999 })).rejects.toMatchObject({
      type: 'UnexpectedError',
      message: expect.stringContaining('more than 1999 bytes'),
    });
    expect((await run(server, { maxBytes: 2000 })).stdout).toHaveLength(2000);
  });

  test('is given its stdin whole, in messages that every server takes', async () => {
    const stdin = randomBytes(200_000);
    const got: Buffer[] = [];
    await using server = await serveExec({
      connected(socket) {
        socket.on('message', (data: Buffer) => {
          got.push(data);
          const count = got.reduce((sum, { length }) => sum + length - 1, 0);
          if (count === stdin.length) socket.send(exited(0));
        });
      },
    });
    await run(server, { stdin });
    expect(Buffer.concat(got.map((data) => data.subarray(1))).equals(stdin)).toBe(true);
    expect(new Set(got.map((data) => data[0]))).toEqual(new Set([0]));
    expect(Math.max(...got.map(({ length }) => length))).toBeLessThanOrEqual(32 * 1024 + 1);
  });

  test('may end without having read its stdin', async () => {
    await using server = await serveExec({
      connected(socket) {
        socket.pause();
        socket.send(exited(7));
      },
    });
    expect(await run(server, { stdin: randomBytes(32 * mib) })).toMatchObject({ exitCode: 7 });
  });

  test('may be silent for long, as long as the connection lives', async () => {
    await using server = await serveExec({
      connected(socket) {
        let pings = 0;
        socket.on('ping', () => ++pings === 10 && socket.send(exited(0)));
      },
    });
    const timing = { pingMs: 10, pongMs: 50, silenceMs: 20 };
    expect(await run(server, { timing })).toMatchObject({ exitCode: 0 });
  });

  test('whose connection does not answer pings is given up', async () => {
    await using server = await serveExec({ autoPong: false, connected() {} });
    await expect(run(server, { timing: { pingMs: 10, pongMs: 30 } })).rejects.toMatchObject(
      lost('no answer to pings'),
    );
  });
});

describe('a connection that breaks the protocol is a lost one, and nothing worse', () => {
  const failing: [string, ExecPlay['connected'], string][] = [
    ['an unknown channel', (socket) => socket.send(message(7, 'x')), 'channel 7'],
    ['a close frame', (socket) => socket.send(Buffer.of(255, 1)), 'channel 255'],
    ['an empty message', (socket) => socket.send(Buffer.alloc(0)), 'without a channel'],
    [
      'an over-long message',
      (socket) => socket.send(message(1, Buffer.alloc(2 * mib))),
      'no frame',
    ],
    ['a cut connection', (socket) => socket.terminate(), 'code 1006'],
    ['an end without a status', (socket) => socket.close(1000), 'code 1000'],
    ['a status that is no JSON', (socket) => socket.send(message(3, '{')), 'cannot be read'],
    ['a status that is none', (socket) => socket.send(message(3, '[1]')), 'cannot be read'],
    [
      'an exit code that is no number',
      (socket) =>
        socket.send(Buffer.from(exited(3).toString().replace('"message":"3"', '"message":"0"'))),
      'did not run to its end',
    ],
    [
      'a runtime that could not start it',
      (socket) =>
        socket.send(
          message(
            3,
            '{"status":"Failure","reason":"InternalError","message":"no\\nsuch\\u001b[1m"}',
          ),
        ),
      '"no such [1m"',
    ],
  ];
  test.each(failing)('%s', async (_what, connected, observed) => {
    await using server = await serveExec({ connected });
    await expect(run(server)).rejects.toMatchObject(lost(observed));
    await expect(run(server)).rejects.toMatchObject({
      message: expect.stringContaining('[node=master-0 pod=etcd-backup/etcd-backup-abc-1]'),
    });
  });

  test('half a frame', async () => {
    await using server = await serveExec({
      connected(_socket, request) {
        request.socket.write(Buffer.of(0x82, 0x7e, 0x40), () => request.socket.destroy());
      },
    });
    await expect(run(server)).rejects.toMatchObject(lost('code 1006'));
  });

  test('bytes that are no websocket', async () => {
    await using server = await serveExec({
      connected: (_socket, request) => void request.socket.write('HTTP/1.1 502 Bad\r\n\r\n'),
    });
    await expect(run(server)).rejects.toMatchObject(lost('no frame of a websocket'));
  });
});

describe('an upgrade that is refused', () => {
  const refused: [number, string, object][] = [
    [401, 'Unauthorized', { type: 'ClusterDenied', nonRetryable: true }],
    [403, 'User "u" cannot create resource "pods/exec"', { type: 'ClusterDenied' }],
    [404, 'pods "etcd-backup-abc-1" not found', { type: 'NodeUnreachable', nonRetryable: false }],
    [400, 'container container-00 is not valid', { type: 'NodeUnreachable' }],
    [429, 'too many requests', { type: 'ClusterUnreachable', nonRetryable: false }],
    [500, 'etcdserver: request timed out', { type: 'ClusterUnreachable' }],
    [500, 'error dialing backend: dial tcp: refused', { type: 'NodeUnreachable' }],
    [503, 'service unavailable', { type: 'ClusterUnreachable' }],
  ];
  test.each(refused)('with %i (%s) says what the server said', async (code, said, failure) => {
    await using server = await refuseExec(code, statusBody(code, said));
    const error = await failureOf(run(server));
    expect(error).toMatchObject({
      ...failure,
      message: expect.stringContaining(`${code} "${said}"`),
    });
    expect(seenOf(error)).not.toContain(canary);
  });

  test('for want of rights names the right that is missing', async () => {
    await using server = await refuseExec(403, statusBody(403, 'no'));
    await expect(run(server)).rejects.toMatchObject({
      message: expect.stringContaining('get and create pods/exec'),
      details: [{ nextStep: expect.stringContaining('get and create on pods/exec in namespace') }],
    });
  });

  test('by something that is no API server is one line', async () => {
    await using server = await refuseExec(502, '<html>\n<h1>Bad gateway</h1>\n'.repeat(1000));
    const error = await failureOf(run(server));
    expect(error).toMatchObject({ type: 'ClusterUnreachable' });
    expect(error.message.length).toBeLessThan(450);
  });

  test('by agreeing on no protocol is not taken for a connection', async () => {
    await using server = await serveExec({ subprotocol: false, connected() {} });
    await expect(run(server)).rejects.toMatchObject({ type: 'ClusterUnreachable' });
  });

  test('by silence ends in time', async () => {
    await using server = await serveSilence();
    await expect(run(server, { timing: { handshakeMs: 30 } })).rejects.toMatchObject({
      type: 'ClusterUnreachable',
      message: expect.stringContaining('not open after 0.03 seconds'),
    });
  });

  test('by nobody listening', async () => {
    await using server = await serveSilence();
    await server.stop();
    await expect(run(server)).rejects.toMatchObject({
      type: 'ClusterUnreachable',
      message: expect.stringContaining(`ECONNREFUSED ${server.host}`),
    });
  });
});

describe('an aborted signal', () => {
  const reason = new Error('cancelled by the operator');

  test('rejects with its reason before anything is asked', async () => {
    await using server = await refuseExec(500, '');
    await expect(run(server, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('rejects with its reason while the connection opens', async () => {
    const abort = new AbortController();
    await using server = await serveSilence(() => abort.abort(reason));
    await expect(run(server, { signal: abort.signal })).rejects.toBe(reason);
  });

  test('rejects with its reason while the command runs, and closes the connection', async () => {
    const abort = new AbortController();
    const closed = Promise.withResolvers<void>();
    await using server = await serveExec({
      connected(socket) {
        socket.on('close', () => closed.resolve());
        socket.on('message', () => abort.abort(reason));
      },
    });
    const options = { signal: abort.signal, stdin: Buffer.from('started') };
    await expect(run(server, options)).rejects.toBe(reason);
    await closed.promise;
  });
});
