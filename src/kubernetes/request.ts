import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

import { failure } from '../contracts/failures.ts';
import { connect } from './connect.ts';
import type { ClusterConnection, Endpoint } from './connect.ts';
import { withDeadline } from './deadline.ts';
import { serverLine } from './server-status.ts';

/** One call of the API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Escaped, without the server's own prefix. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** What the API answered, whatever its status. */
export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
  /** The server's clock when it answered. */
  readonly date: Date | undefined;
  readonly server: string;
}

const maxAnswerBytes = 64 * 1024 * 1024;

/**
 * Sends one request with fresh credentials and returns the answer, whatever its status. Built on the options that also
 * carry our exec connections, so that TLS, proxy and credentials cannot differ between the two.
 *
 * @throws `ClusterUnreachable`, retryable, when no whole answer came in time; `ConfigInvalid`, not retryable
 */
export async function apiRequest(
  connection: ClusterConnection,
  request: ApiRequest,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<ApiAnswer> {
  let server = '';
  const late = (): Error => unreachable(server, `no answer within ${timeoutMs / 1000} seconds`);
  return await withDeadline(timeoutMs, signal, late, async (stop) => {
    const endpoint = await connect(connection);
    server = endpoint.server.host;
    try {
      const response = await send(endpoint, request, stop);
      const text = await readText(response);
      const date = new Date(response.headers.date ?? Number.NaN);
      return {
        status: response.statusCode ?? 0,
        text,
        date: Number.isNaN(date.getTime()) ? undefined : date,
        server,
      };
    } catch (error) {
      throw unreachable(server, networkReason(error));
    }
  });
}

function send(
  { server, options, headers: authorization }: Endpoint,
  { method, path, query, body }: ApiRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const url = apiUrl(server, path, new URLSearchParams(query));
  const json = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const headers = {
    ...authorization,
    accept: 'application/json',
    'user-agent': 'temporal-etcd-backup',
    ...(json === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': json.length }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const start = url.protocol === 'http:' ? httpRequest : httpsRequest;
  start(url, { ...options, method, headers, signal })
    .on('response', resolve)
    .on('error', reject)
    .end(json);
  return promise;
}

/** The URL of a path of the API, below the server's own prefix. */
export function apiUrl(server: URL, path: string, query: URLSearchParams): URL {
  const url = new URL(server);
  url.pathname = server.pathname.replace(/\/$/, '') + path;
  url.search = query.toString();
  return url;
}

/** The body of an answer, which must be of a sane size. */
export async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw new Error(`answer of more than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function unreachable(server: string, observed: string): Error {
  return failure('ClusterUnreachable', {
    observed: `the cluster's API: ${observed}, expected an answer`,
    where: { server: server || undefined },
  });
}

/** What went wrong on the way to a server, as one line without credentials. */
export function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed';
  // Where several addresses were tried, the error is an aggregate without a message of its own.
  const code = 'code' in error ? String(error.code) : '';
  return serverLine(error.message || code || error.name);
}
