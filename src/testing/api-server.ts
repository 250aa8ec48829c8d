import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { Duplex } from 'node:stream';

import { WebSocketServer } from 'ws';

import type { Answer } from './api-request.ts';
import type { KeyPair } from './certificates.ts';
import type { ExecPlan } from './exec-plan.ts';
import { serveExec } from './exec-session.ts';
import { denied, wantedStatus } from './fault-status.ts';
import type { ApiFault, Faults } from './faults.ts';
import { methodNotAllowed, routeMatcher } from './match-route.ts';
import type { RouteMatch } from './match-route.ts';
import { logged } from './request-log.ts';
import type { LoggedRequest } from './request-log.ts';
import type { Route } from './routes.ts';
import { badRequest, internalError, StatusError, unauthorized } from './status-error.ts';
import { readBody, writeAnswer, writeRefusal, writeStream } from './write-answer.ts';

/** A subprotocol of exec connections. */
export type ExecProtocol = 'v5.channel.k8s.io' | 'v4.channel.k8s.io';

export interface ApiServerOptions {
  readonly certificate: KeyPair;
  /** Whose token is whose. */
  readonly tokens: Readonly<Record<'client' | 'node', string>>;
  readonly execProtocols: readonly ExecProtocol[];
  readonly faults: Faults;
}

/** The connection breaks instead of an answer. */
class Reset extends Error {}

/** The HTTPS server of the stand-in cluster, on a free port of loopback. */
export class ApiServer {
  readonly requests: LoggedRequest[] = [];
  readonly #options: ApiServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  readonly #webSockets: WebSocketServer;
  #match: ReturnType<typeof routeMatcher> = () => undefined;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    const { certificate, key } = options.certificate;
    this.#server = createServer({ cert: certificate, key });
    this.#webSockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      handleProtocols: (offered) => this.#protocol([...offered]) ?? false,
    });
    this.#server.on('connection', (socket) => this.#accept(socket));
    this.#server.on('request', (request, response) => void this.#serve(request, response));
    this.#server.on(
      'upgrade',
      (request, socket, head) => void this.#upgrade(request, socket, head),
    );
  }

  /** Starts to listen; resolves with `https://127.0.0.1:<port>`. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port on loopback');
    return `https://127.0.0.1:${address.port}`;
  }

  /** What answers from now on; before, every path is unknown. */
  serve(routes: readonly Route[]): void {
    this.#match = routeMatcher(routes);
  }

  /** Breaks every open exec connection without a close frame; returns how many there were. */
  cutExecs(): number {
    const { clients } = this.#webSockets;
    for (const socket of clients) socket.terminate();
    return clients.size;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #accept(socket: Duplex): void {
    if (this.#options.faults.connections.find(() => true)?.strike() === true) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { entry, answer, fault } = await this.#answer(request);
      if (fault?.fault === 'loseAnswer') throw new Reset();
      if ('exec' in answer) throw badRequest('Upgrade request required');
      if ('stream' in answer) {
        entry.status = 200;
        writeStream(response, answer.stream);
      } else {
        entry.status = answer.status;
        writeAnswer(response, answer.status, answer.body);
      }
    } catch (error) {
      if (error instanceof Reset) {
        request.socket.destroy();
        return;
      }
      const { body, headers } = asStatusError(error);
      writeAnswer(response, body.code, body, headers);
    }
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      const { entry, answer, fault } = await this.#answer(request);
      if (!('exec' in answer)) throw badRequest('this path cannot be upgraded');
      const active = await this.#opening(answer.exec, request);
      entry.status = 101;
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.on('close', () => (entry.closedAt = new Date()));
        if (fault?.fault === 'loseAnswer') webSocket.terminate();
        void serveExec(webSocket, answer.exec, active);
      });
    } catch (error) {
      if (error instanceof Reset) {
        socket.destroy();
        return;
      }
      writeRefusal(socket, asStatusError(error));
    }
  }

  // What stands between a command that may be executed and its open connection.
  async #opening(plan: ExecPlan, request: IncomingMessage) {
    const protocol = this.#protocol(offeredProtocols(request));
    if (protocol === undefined) {
      throw badRequest(
        `no supported protocol, expected one of: ${this.#options.execProtocols.join(', ')}`,
      );
    }
    const active = this.#options.faults.ofCommand(plan.command);
    const { fault } = active ?? {};
    if (fault?.fault === 'refuse' && active?.strike() === true) {
      throw new StatusError(fault.status, 'InternalError', fault.message ?? 'refused');
    }
    if (fault?.fault === 'delay' && active?.strike() === true) await active.removed;
    // Before v5 the API server passes the upgrade on to the node, whose refusal is the answer.
    if (protocol === 'v4.channel.k8s.io') plan.check();
    return active;
  }

  async #answer(
    request: IncomingMessage,
  ): Promise<{ entry: LoggedRequest; answer: Answer; fault?: ApiFault | undefined }> {
    const { method = '', headers } = request;
    const url = new URL(request.url ?? '/', 'https://127.0.0.1');
    const match = this.#match(method, url);
    const known = typeof match === 'object' ? match : undefined;
    const user = this.#user(headers.authorization);
    const { verb = '', namespace = '', name = '' } = known ?? {};
    const resource = known?.route.resource ?? '';
    const entry = logged(user, method, url, { verb, resource, namespace, name });
    this.requests.push(entry);
    try {
      if (user === 'unknown') throw unauthorized();
      const fault = user === 'client' ? await this.#suffer(entry, known) : undefined;
      if (match === 'wrongMethod') throw methodNotAllowed();
      if (!known) return { entry, answer: { status: 404, body: '404 page not found\n' } };
      const { group } = known.route;
      const body = async () => await readBody(request);
      const query = url.searchParams;
      const answer = await known.route.answer({
        verb,
        group,
        resource,
        namespace,
        name,
        query,
        body,
      });
      return { entry, answer, fault };
    } catch (error) {
      if (!(error instanceof Reset)) entry.status = asStatusError(error).body.code;
      throw error;
    }
  }

  async #suffer(
    entry: LoggedRequest,
    match: RouteMatch | undefined,
  ): Promise<ApiFault | undefined> {
    const group = match?.route.group ?? '';
    const active = this.#options.faults.ofRequest({ ...entry, group });
    if (active?.strike() !== true) return undefined;
    const { fault } = active;
    if (fault.fault === 'delay') await active.removed;
    if (fault.fault === 'reset') throw new Reset();
    if (fault.fault === 'deny') throw denied(entry, group);
    if (fault.fault === 'status') throw wantedStatus(fault);
    return fault;
  }

  #user(authorization: string | undefined): LoggedRequest['user'] {
    const { tokens } = this.#options;
    if (authorization === `Bearer ${tokens.client}`) return 'client';
    return authorization === `Bearer ${tokens.node}` ? 'node' : 'unknown';
  }

  #protocol(offered: readonly string[]): ExecProtocol | undefined {
    const { execProtocols } = this.#options;
    return execProtocols.find((protocol) => offered.includes(protocol));
  }
}

function asStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  return internalError(error instanceof Error ? error.message : String(error));
}

function offeredProtocols({ headers }: IncomingMessage): readonly string[] {
  const offered = headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').map((each) => each.trim());
}
