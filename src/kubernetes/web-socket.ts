import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';

import { clientFrame, FrameReader } from './web-socket-frames.ts';
import type { FrameSink, SentFrame } from './web-socket-frames.ts';

/** Is told what a {@link WebSocket} hears. */
export interface WebSocketListener extends Pick<FrameSink, 'piece'> {
  /** The server answered a ping, or sent one. */
  heard(): void;
  /** The connection is no more: the first word counts, others may follow. */
  ended(observed: string): void;
}

/** TLS, proxy and signal, as requests have them. */
export interface WebSocketOptions extends Omit<RequestOptions, 'headers'> {
  readonly headers?: OutgoingHttpHeaders;
}

/** What a server said instead of opening a websocket. */
export class UpgradeRefused extends Error {
  readonly response: IncomingMessage;

  constructor(response: IncomingMessage) {
    super(`answered ${response.statusCode}`);
    this.response = response;
  }
}

// The protocol's own, for every handshake there is.
const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** 1000 */
const nothingAmiss = Buffer.of(0x03, 0xe8);

/** A server that does not answer the closing must not hold us up. */
const closingMs = 1_000;

/**
 * Opens a websocket; nothing is read before {@link WebSocket.listen}.
 *
 * @param url http or https
 * @throws {@link UpgradeRefused}, whose response is still to be read; `Error` of the network, or of a server whose upgrade is none;
 *   the reason of `options.signal`
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-4.1
 */
export async function openWebSocket(
  url: URL,
  protocol: string,
  { headers: theirs, ...options }: WebSocketOptions,
): Promise<WebSocket> {
  const key = randomBytes(16).toString('base64');
  const headers = {
    ...theirs,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Protocol': protocol,
  };
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  const start = url.protocol === 'http:' ? httpRequest : httpsRequest;
  start(url, { ...options, headers })
    .on('upgrade', (response, socket, head) => {
      const problem = upgradeProblem(response, key, protocol);
      if (problem === undefined) return resolve(new WebSocket(socket, head));
      socket.destroy();
      reject(new Error(problem));
    })
    .on('response', (response) => reject(new UpgradeRefused(response)))
    .on('error', reject)
    .end();
  return await promise;
}

function upgradeProblem(
  { headers }: IncomingMessage,
  key: string,
  protocol: string,
): string | undefined {
  const accept = createHash('sha1').update(`${key}${guid}`).digest('base64');
  if (
    headers.upgrade?.toLowerCase() !== 'websocket' ||
    headers['sec-websocket-accept'] !== accept
  ) {
    return 'upgraded to no websocket of ours';
  }
  const taken = headers['sec-websocket-protocol'];
  return taken === protocol ? undefined : `took the protocol ${taken ?? 'none'}, not ${protocol}`;
}

/** The client's end of a websocket for bulk data; `openWebSocket` makes it. */
export class WebSocket {
  readonly #socket: Duplex;
  readonly #head: Buffer;
  readonly #closed: Promise<void>;
  #isClosing = false;
  #isPaused = true;

  constructor(socket: Duplex, head: Buffer) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket = socket;
    this.#head = head;
    this.#closed = promise;
    // Whoever listens hears of it again; nobody may have begun to.
    socket.on('close', resolve).on('error', () => {});
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Reads from now on. */
  listen(listener: WebSocketListener): void {
    const socket = this.#socket;
    const reader = new FrameReader({
      piece: (bytes, place) => listener.piece(bytes, place),
      control: (kind, payload) => {
        listener.heard();
        if (kind === 'ping') void this.#send('pong', payload).catch(() => {});
        if (kind === 'close') {
          const code = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
          listener.ended(`the connection closed with code ${code}`);
          void this.close(payload.subarray(0, 2));
        }
      },
    });
    const read = (bytes: Buffer): void => {
      try {
        reader.read(bytes);
      } catch (error) {
        listener.ended(error instanceof Error ? error.message : String(error));
        socket.destroy();
      }
    };
    socket.on('error', (error) => listener.ended(error.message));
    socket.on('close', () => listener.ended('the connection closed with code 1006'));
    // A server that ends its half has nothing to hear from us either.
    socket.on('end', () => socket.destroy());
    if (this.#head.length > 0) read(this.#head);
    socket.on('data', (bytes: Buffer) => {
      read(bytes);
      release(bytes);
    });
    this.resume();
  }

  /** Sends a binary message; resolves when the operating system has it. */
  async send(bytes: Uint8Array): Promise<void> {
    await this.#send('binary', bytes);
  }

  ping(): void {
    this.#send('ping', Buffer.alloc(0)).catch(() => {});
  }

  /** Reads no more from the network. */
  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket.resume();
  }

  /** Ends the connection as the protocol says, or after a second without. Safe to repeat; never fails. */
  async close(code: Uint8Array = nothingAmiss): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#send('close', code).catch(() => {});
      this.#socket.end();
      this.resume();
    }
    const impatience = setTimeout(() => this.terminate(), closingMs);
    await this.#closed;
    clearTimeout(impatience);
  }

  terminate(): void {
    this.#socket.destroy();
  }

  async #send(kind: SentFrame, payload: Uint8Array): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#socket.write(clientFrame(kind, payload), (error) => {
      if (error == null) resolve();
      else reject(error);
    });
    await promise;
  }
}

/**
 * Gives the memory of bytes that were read back at once. Left to the garbage collector, a transfer's would be tens of megabytes
 * before it looks, and it would look through all of the worker's heap for them.
 */
function release({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
