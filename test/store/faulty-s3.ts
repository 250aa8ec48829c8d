import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { freePort } from '../../src/testing/free-port.ts';
import { FakeBucket, refusal, succeeded } from './fake-bucket.ts';
import type { BucketAnswer, BucketHabits, BucketRequest, S3Operation } from './fake-bucket.ts';

/** Something that goes wrong with one request. */
export type S3Fault =
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
  | { readonly before: () => void | Promise<void> };

/** A request as it came. */
export interface SeenRequest {
  readonly operation: S3Operation;
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** An S3 server of one bucket, `backups`, that fails on request. */
export interface FaultyS3 {
  readonly endpoint: string;
  readonly bucket: FakeBucket;
  /** Every request, in order. */
  readonly seen: SeenRequest[];
  /** Does this to the next request of that operation, or to the next so many of them. */
  fail(operation: S3Operation, fault: S3Fault, times?: number): void;
  close(): Promise<void>;
}

/** Starts one on loopback; without faults it is as strict as S3, but for its habits. Signatures are not looked at. */
export async function startFaultyS3(habits: BucketHabits = {}): Promise<FaultyS3> {
  const bucket = new FakeBucket(habits);
  const faults: { readonly operation: S3Operation; readonly fault: S3Fault }[] = [];
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://localhost');
    const [, name, ...segments] = pathname.split('/').map(decodeURIComponent);
    const key = segments.join('/');
    const operation = operationOf(request.method ?? '', query, key);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    seen.push({ operation, key, query: Object.fromEntries(query), headers });
    const index = faults.findIndex((each) => each.operation === operation);
    const fault = index === -1 ? undefined : faults.splice(index, 1)[0]?.fault;

    const body = await bodyOf(request, fault);
    if (body === undefined) return;
    if (name !== 'backups') return send(response, refusal(404, 'NoSuchBucket'));
    if (fault !== undefined && 'refuse' in fault) {
      const { refuse, code = 'Refused', headers = {} } = fault;
      const answer = refusal(refuse, code);
      return send(
        response,
        request.method === 'HEAD' ? { status: refuse, headers } : { ...answer, headers },
      );
    }
    if (fault !== undefined && 'errorUnder200' in fault) {
      return send(response, { ...refusal(200, fault.errorUnder200), status: 200 });
    }
    if (fault !== undefined && 'pretend' in fault) return send(response, succeeded());
    if (fault !== undefined && 'before' in fault) await fault.before();
    const answer = bucket.answer({ operation, key, query, headers, body } satisfies BucketRequest);
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
    bucket,
    seen,
    fail: (operation, fault, times = 1) => {
      for (let time = 0; time < times; time += 1) faults.push({ operation, fault });
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
  fault: S3Fault | undefined,
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
  { status, headers = {}, body = '' }: BucketAnswer,
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

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html */
function operationOf(method: string, query: URLSearchParams, key: string): S3Operation {
  const found: Readonly<Record<string, S3Operation>> = query.has('uploadId')
    ? {
        PUT: 'UploadPart',
        GET: 'ListParts',
        POST: 'CompleteMultipartUpload',
        DELETE: 'AbortMultipartUpload',
      }
    : key === ''
      ? {
          HEAD: 'HeadBucket',
          GET: query.has('uploads')
            ? 'ListMultipartUploads'
            : query.has('object-lock')
              ? 'GetObjectLockConfiguration'
              : 'ListObjectsV2',
        }
      : {
          PUT: 'PutObject',
          POST: 'CreateMultipartUpload',
          GET: 'GetObject',
          HEAD: 'HeadObject',
        };
  const operation = found[method];
  if (operation === undefined)
    throw new Error(`${method} ${key}?${query.toString()}: not an operation of ours`);
  return operation;
}
