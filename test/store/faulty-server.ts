import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { freePort } from '../../src/testing/free-port.ts';

/** Something that goes wrong with one request. */
export type Fault =
  /** It is refused, and nothing happens. */
  | { readonly refuse: number; readonly code?: string; readonly headers?: Record<string, string> }
  /** The connection breaks after so many bytes of its body; nothing happens. */
  | { readonly breakAfterBytes: number }
  /** It is done, and the answer never comes. */
  | { readonly loseAnswer: true }
  /** The status is 200 and the body an error; nothing happens. */
  | { readonly errorUnder200: string }
  /** The answer is success, and nothing happens. */
  | { readonly pretend: true }
  /** The answer's body breaks off after so many bytes. */
  | { readonly cutAnswerAfterBytes: number }
  /** One bit of the body is another by the time it is looked at. */
  | { readonly damage: true }
  /** This happens first, and is waited for. */
  | { readonly before: () => unknown };

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A request that the service understood. */
export interface ServiceRequest<Operation extends string> {
  readonly operation: Operation;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** A protocol, and what is behind it. */
export interface Service<Operation extends string> {
  /** What the paths of the one bucket begin with. */
  readonly root: string;
  /** What is said about any other. */
  readonly elsewhere: Answer;
  readonly succeeded: Answer;
  operationOf(method: string, query: URLSearchParams, key: string): Operation | undefined;
  refusal(status: number, code: string): Answer;
  answer(request: ServiceRequest<Operation>): Answer;
}

/** A request as it came. */
export interface SeenRequest<Operation extends string> {
  readonly operation: Operation;
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** A server of one bucket that fails on request. */
export interface FaultyServer<Operation extends string> {
  readonly endpoint: string;
  /** Every request, in order. */
  readonly seen: SeenRequest<Operation>[];
  /** Does this to the next request of that operation, or to the next so many of them; says how often it has. */
  fail(
    operation: Operation,
    fault: Fault,
    times?: number,
    isMeant?: (request: SeenRequest<Operation>) => boolean,
  ): { readonly strikes: number };
  close(): Promise<void>;
}

/** Starts one on loopback; without faults it answers as the service does. Signatures are not looked at. */
export async function startFaultyServer<Operation extends string>(
  service: Service<Operation>,
): Promise<FaultyServer<Operation>> {
  const faults: {
    readonly operation: Operation;
    readonly fault: Fault;
    readonly isMeant: (request: SeenRequest<Operation>) => boolean;
    readonly strike: () => void;
  }[] = [];
  const seen: SeenRequest<Operation>[] = [];
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://localhost');
    const path = decodeURIComponent(pathname);
    const isHere = path === service.root || path.startsWith(`${service.root}/`);
    const key = isHere ? path.slice(service.root.length + 1) : '';
    const operation = service.operationOf(request.method ?? '', query, key);
    if (operation === undefined) {
      throw new Error(`${request.method} ${path}?${query.toString()}: not an operation of ours`);
    }
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const asked = { operation, key, query: Object.fromEntries(query), headers };
    seen.push(asked);
    const index = faults.findIndex((each) => each.operation === operation && each.isMeant(asked));
    const found = index === -1 ? undefined : faults.splice(index, 1)[0];
    const fault = found?.fault;
    found?.strike();

    const body = await bodyOf(request, fault);
    if (body === undefined) return;
    if (!isHere) return send(response, service.elsewhere);
    if (fault !== undefined && 'refuse' in fault) {
      const { refuse, code = 'Refused', headers = {} } = fault;
      const answer = service.refusal(refuse, code);
      const said = { ...answer, headers: { ...answer.headers, ...headers } };
      return send(response, request.method === 'HEAD' ? { ...said, body: '' } : said);
    }
    if (fault !== undefined && 'errorUnder200' in fault) {
      return send(response, { ...service.refusal(200, fault.errorUnder200), status: 200 });
    }
    if (fault !== undefined && 'pretend' in fault) return send(response, service.succeeded);
    if (fault !== undefined && 'before' in fault) await fault.before();
    const answer = service.answer({ operation, key, query, headers, body });
    if (fault !== undefined && 'loseAnswer' in fault) {
      request.socket.resetAndDestroy();
      return;
    }
    const cut =
      fault !== undefined && 'cutAnswerAfterBytes' in fault ? fault.cutAnswerAfterBytes : undefined;
    send(response, answer, cut);
  }

  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    fail: (operation, fault, times = 1, isMeant = () => true) => {
      const struck = { strikes: 0 };
      const strike = () => void (struck.strikes += 1);
      for (let time = 0; time < times; time += 1) {
        faults.push({ operation, fault, isMeant, strike });
      }
      return struck;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The whole body; `undefined` when the connection broke before its end. */
async function bodyOf(
  request: IncomingMessage,
  fault: Fault | undefined,
): Promise<Buffer | undefined> {
  const most = fault !== undefined && 'breakAfterBytes' in fault ? fault.breakAfterBytes : Infinity;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= most) break;
  }
  if (length >= most) {
    request.socket.resetAndDestroy();
    return undefined;
  }
  const body = Buffer.concat(chunks);
  if (fault !== undefined && 'damage' in fault) body[body.length >> 1]! ^= 1;
  return body;
}

function send(
  response: ServerResponse,
  { status, headers = {}, body = '' }: Answer,
  cutAfterBytes?: number,
): void {
  const bytes = Buffer.from(body);
  const length = headers['content-length'] ?? String(bytes.length);
  response.writeHead(status, { ...headers, 'content-length': length });
  if (cutAfterBytes === undefined) {
    response.end(bytes);
    return;
  }
  response.write(bytes.subarray(0, cutAfterBytes), () => response.socket?.resetAndDestroy());
}
