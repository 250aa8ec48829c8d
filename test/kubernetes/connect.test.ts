import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';

import { generate } from 'selfsigned';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';

import { clusterApi } from '../../src/kubernetes/api.ts';
import { connect } from '../../src/kubernetes/connect.ts';
import { runExec } from '../../src/kubernetes/run-exec.ts';
import {
  canary,
  exited,
  failureOf,
  kubeconfig,
  listen,
  noAbort,
  seenOf,
  target,
} from './test-server.ts';

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'connect-'));
  file = join(directory, 'config');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

const valid = (): object => JSON.parse(kubeconfig('https://api.test:6443'));

describe('a kubeconfig that cannot be used', () => {
  const broken: [string, string, string][] = [
    ['is empty', '', 'not a kubeconfig'],
    ['is no YAML', `users: [{token: ${canary}`, 'not a kubeconfig'],
    ['is other YAML', `- ${canary}`, 'no current-context'],
    [
      'has no current context',
      JSON.stringify({ ...valid(), 'current-context': '' }),
      'no current-context',
    ],
    [
      'names a context that is not there',
      JSON.stringify({ ...valid(), 'current-context': 'y' }),
      'no context "y", expected one of: x',
    ],
    ['has no cluster', JSON.stringify({ ...valid(), clusters: [] }), 'no cluster "c"'],
    ['has no user', JSON.stringify({ ...valid(), users: [] }), 'no user "u"'],
    [
      'has a cluster without a server',
      JSON.stringify({ ...valid(), clusters: [{ name: 'c', cluster: {} }] }),
      'clusters[0].cluster.server is missing',
    ],
    ['names a server that is no URL', kubeconfig('api.test'), 'no https URL'],
    [
      'names a server without TLS',
      kubeconfig('http://api.test').replace('"insecure-skip-tls-verify":true', '"x":1'),
      'is http, expected https',
    ],
    [
      'names a proxy that is no URL',
      kubeconfig('https://api.test', '', { 'proxy-url': `user:${canary}@` }),
      'proxy-url of cluster "c" is no http or socks URL',
    ],
    [
      'names a CA file that is not there',
      kubeconfig('https://api.test', '', { 'certificate-authority': 'ca.crt' }),
      'ca.crt (ENOENT)',
    ],
  ];
  test.each(broken)('because it %s is named with its fault', async (_why, text, observed) => {
    await writeFile(file, text);
    const error = await failureOf(connect({ kubeconfig: { file } }));
    expect(error).toMatchObject({
      type: 'ConfigInvalid',
      nonRetryable: true,
      message: expect.stringContaining(observed),
    });
    expect(error.message).toContain(`[file=${file}]`);
    expect(seenOf(error)).not.toContain(canary);
  });

  test('because it is not there is named', async () => {
    await expect(connect({ kubeconfig: { file } })).rejects.toMatchObject({
      type: 'ConfigInvalid',
      message: `kubeconfig: cannot read ${file} (ENOENT) [file=${file}]`,
      details: [{ nextStep: expect.stringContaining("the cluster's `kubeconfig`") }],
    });
  });

  test('because it lacks the configured context is named', async () => {
    await writeFile(file, kubeconfig('https://api.test'));
    await expect(connect({ kubeconfig: { file, context: 'admin' } })).rejects.toMatchObject({
      type: 'ConfigInvalid',
      message: expect.stringContaining('no context "admin", expected one of: x'),
    });
  });
});

test('what a failing credential command printed stays secret', async () => {
  const user = {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', `echo ${canary} >&2; exit 1`],
    },
  };
  await writeFile(file, JSON.stringify({ ...valid(), users: [{ name: 'u', user }] }));
  const error = await failureOf(connect({ kubeconfig: { file } }));
  expect(error).toMatchObject({ type: 'ClusterUnreachable', nonRetryable: false });
  expect(seenOf(error)).not.toContain(canary);
});

test('a worker outside a cluster cannot use in-cluster credentials', async () => {
  vi.stubEnv('KUBERNETES_SERVICE_HOST', '');
  await expect(connect({ kubeconfig: { inCluster: true } })).rejects.toMatchObject({
    type: 'ConfigInvalid',
    message: expect.stringContaining('KUBERNETES_SERVICE_HOST'),
  });
});

describe('through the proxy of the kubeconfig', () => {
  const startProxy = async (accept: (request: IncomingMessage, socket: Duplex) => void) => {
    const proxy = createHttpServer().on('connect', accept);
    const port = await listen(proxy);
    onTestFinished(() => proxy.close().closeAllConnections());
    return `http://user:${canary}@127.0.0.1:${port}`;
  };

  test('go requests and commands alike', async () => {
    const signer = await selfSigned();
    const server = createServer({ key: signer.private, cert: signer.cert }, (_request, response) =>
      response.end('{}'),
    );
    const sockets = new WebSocketServer({ server, handleProtocols: () => 'v4.channel.k8s.io' });
    sockets.on('connection', (socket) => socket.send(exited(5)));
    const port = await listen(server);
    onTestFinished(() => server.close().closeAllConnections());
    const through: (string | undefined)[] = [];
    const proxyUrl = await startProxy((request, client) => {
      through.push(`${request.url} ${request.headers['proxy-authorization']}`);
      const upstream = createConnection(port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
    });
    const more = {
      'proxy-url': proxyUrl,
      'certificate-authority-data': Buffer.from(signer.cert).toString('base64'),
    };
    await writeFile(file, kubeconfig('https://api.test:6443', canary, more));
    const connection = { kubeconfig: { file } };
    const node = { group: '', version: 'v1', plural: 'nodes', name: 'n' };
    await expect(clusterApi(connection).readObject(node, noAbort())).resolves.toEqual({});
    await expect(
      runExec(connection, target, ['true'], { signal: noAbort(), maxBytes: 1 }),
    ).resolves.toMatchObject({ exitCode: 5 });
    const credentials = Buffer.from(`user:${canary}`).toString('base64');
    expect(through).toEqual(Array(2).fill(`api.test:6443 Basic ${credentials}`));
  });

  test('that refuses, nothing is reached and its password stays secret', async () => {
    const proxyUrl = await startProxy((_request, client) =>
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'),
    );
    await writeFile(file, kubeconfig('https://api.test', '', { 'proxy-url': proxyUrl }));
    const api = clusterApi({ kubeconfig: { file } });
    const node = { group: '', version: 'v1', plural: 'nodes', name: 'n' };
    const error = await failureOf(api.readObject(node, noAbort()));
    expect(error).toMatchObject({ type: 'ClusterUnreachable', nonRetryable: false });
    expect(seenOf(error)).not.toContain(canary);
  });
});

test('a rotated CA and token are picked up by the next call', async () => {
  const signers = await Promise.all([selfSigned(), selfSigned()]);
  const tokens: (string | undefined)[] = [];
  const server = createServer(
    { key: signers[0].private, cert: signers[0].cert },
    (request, response) => {
      tokens.push(request.headers.authorization);
      response.end('{}');
    },
  );
  const url = `https://127.0.0.1:${await listen(server)}`;
  onTestFinished(() => server.close().closeAllConnections());
  const trust = async (cert: string, token: string) =>
    await writeFile(
      file,
      kubeconfig(url, token, {
        'certificate-authority-data': Buffer.from(cert).toString('base64'),
      }),
    );
  const api = clusterApi({ kubeconfig: { file } });
  const read = async () =>
    await api.readObject({ group: '', version: 'v1', plural: 'nodes', name: 'n' }, noAbort());

  await trust(signers[0].cert, 'first');
  await expect(read()).resolves.toEqual({});

  server.setSecureContext({ key: signers[1].private, cert: signers[1].cert });
  await expect(read()).rejects.toMatchObject({
    type: 'ClusterUnreachable',
    message: expect.stringContaining('certificate'),
  });

  await trust(signers[1].cert, 'second');
  await expect(read()).resolves.toEqual({});
  expect(tokens).toEqual(['Bearer first', 'Bearer second']);
});

async function selfSigned() {
  return await generate([{ name: 'commonName', value: 'api' }], {
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: 'api.test' },
        ],
      },
    ],
  });
}
