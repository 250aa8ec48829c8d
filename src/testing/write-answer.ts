import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { json } from 'node:stream/consumers';

import type { AnswerStream } from './api-request.ts';
import { badRequest } from './status-error.ts';
import type { StatusError } from './status-error.ts';

/** The parsed body of a request; undefined when it is empty. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  if (request.headers['content-length'] === '0') return undefined;
  if (!request.headers['content-length'] && !request.headers['transfer-encoding']) return undefined;
  try {
    return await json(request);
  } catch {
    throw badRequest('the object provided is unrecognized (must be of type JSON)');
  }
}

/** Answers a request whole. */
export function writeAnswer(
  response: ServerResponse,
  status: number,
  body: object | string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const isText = typeof body === 'string';
  const contentType = isText ? 'text/plain' : 'application/json';
  response.writeHead(status, { ...headers, 'Content-Type': contentType });
  response.end(isText ? body : JSON.stringify(body));
}

/** Answers a request with lines until the client leaves or the time is over. */
export function writeStream(
  response: ServerResponse,
  { open, timeoutSeconds }: AnswerStream,
): void {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.flushHeaders();
  const end = open((line) => response.write(`${JSON.stringify(line)}\n`));
  response.on('close', end);
  if (timeoutSeconds !== undefined) {
    const timer = setTimeout(() => response.end(), timeoutSeconds * 1000);
    response.on('close', () => clearTimeout(timer));
  }
}

/** Answers an upgrade that is refused. */
export function writeRefusal(socket: Duplex, { body, headers }: StatusError): void {
  const text = JSON.stringify(body);
  socket.end(
    [
      `HTTP/1.1 ${body.code} ${body.reason ?? ''}`,
      ...Object.entries(headers).map((header) => header.join(': ')),
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(text)}`,
      'Connection: close',
      '',
      text,
    ].join('\r\n'),
  );
}
