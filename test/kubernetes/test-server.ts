import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { Server as NetServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

import type { ClusterConnection } from '../../src/kubernetes/connect.ts';
import type { ExecTarget } from '../../src/kubernetes/exec-target.ts';

/** Stands in every kubeconfig; no error may ever show it. */
export const canary = 'canary-7f3a9d';

/** A server on loopback that answers as a test tells it, and a kubeconfig for it. */
export interface TestServer extends AsyncDisposable {
  readonly connection: ClusterConnection;
  readonly host: string;
  readonly kubeconfigFile: string;
  /** Ends the server; the kubeconfig stays. */
  stop(): Promise<void>;
}

/** Serves `answer` on loopback. */
export async function serveApi(
  answer: (...of: Parameters<RequestListener>) => void | Promise<void>,
): Promise<TestServer> {
  const server = createServer((request, response) => void answer(request, response));
  return await serving(server, new Set());
}

/** How a test plays the far end of an exec. */
export interface ExecPlay {
  /** What the server takes of the offered subprotocols; `false` for none. */
  readonly subprotocol?: 'v4.channel.k8s.io' | 'v5.channel.k8s.io' | false;
  /** Answers pings by itself. @default true */
  readonly autoPong?: boolean;
  connected(socket: WebSocket, request: IncomingMessage): void | Promise<void>;
}

/** Serves exec websockets on loopback. */
export async function serveExec(play: ExecPlay): Promise<TestServer> {
  const sockets = new WebSocketServer({
    noServer: true,
    autoPong: play.autoPong ?? true,
    handleProtocols: () => play.subprotocol ?? 'v4.channel.k8s.io',
  });
  const server = createServer();
  const open = new Set<Socket>();
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => {});
      void play.connected(webSocket, request);
    });
  });
  return await serving(server, open);
}

/** Serves one refusal to every upgrade. */
export async function refuseExec(status: number, body: string): Promise<TestServer> {
  const server = createServer();
  server.on('upgrade', (_request, socket) => {
    const length = Buffer.byteLength(body);
    socket.end(
      `HTTP/1.1 ${status} Refused\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
  return await serving(server, new Set());
}

/** A server that takes requests and then says nothing; tells `asked` of each. */
export async function serveSilence(asked: () => void = () => {}): Promise<TestServer> {
  const server = createServer();
  server.on('request', asked).on('upgrade', asked);
  return await serving(server, new Set());
}

async function serving(server: Server, open: Set<Socket>): Promise<TestServer> {
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
  });
  const port = await listen(server);
  const directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  const file = join(directory, 'config');
  const host = `127.0.0.1:${port}`;
  await writeFile(file, kubeconfig(`http://${host}`));
  const stop = async (): Promise<void> => {
    for (const socket of open) socket.destroy();
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    await closed.promise;
  };
  return {
    connection: { kubeconfig: { file } },
    host,
    kubeconfigFile: file,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(directory, { recursive: true });
    },
  };
}

/** Listens on a free port of loopback. */
export async function listen(server: NetServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** What a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  if (error instanceof Error) return error;
  throw new Error('rejected with something else');
}

/** Everything of an error that may be seen anywhere. */
export function seenOf(error: Error): string {
  return `${JSON.stringify(error)} ${error.message} ${error.stack}`;
}

/** A kubeconfig as `oc login` writes it. */
export function kubeconfig(server: string, token: string = canary, more: object = {}): string {
  const tls = server.startsWith('http:') ? { 'insecure-skip-tls-verify': true } : {};
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, ...tls, ...more } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

export const target: ExecTarget = {
  namespace: 'etcd-backup',
  podName: 'etcd-backup-abc-1',
  container: 'container-00',
  nodeName: 'master-0',
};

/** A message as the API server sends it. */
export function message(channel: number, bytes: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(channel), Buffer.from(bytes)]);
}

/** The status that ends an exec. */
export function exited(exitCode: number): Buffer {
  const status =
    exitCode === 0
      ? { status: 'Success' }
      : {
          status: 'Failure',
          reason: 'NonZeroExitCode',
          message: `command terminated with exit code ${exitCode}`,
          details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
        };
  return message(3, JSON.stringify({ metadata: {}, ...status }));
}

/** What the API server says in the body of a refusal. */
export function statusBody(code: number, said: string, reason = ''): string {
  return JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: said,
    reason,
    code,
  });
}

/** A signal that nobody aborts. */
export function noAbort(): AbortSignal {
  return new AbortController().signal;
}
