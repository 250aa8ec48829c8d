import { randomBytes } from 'node:crypto';

/**
 * The kinds of frames that are heeded.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-5.2
 */
const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** What a frame of ours may be. */
export type SentFrame = 'binary' | 'close' | 'ping' | 'pong';

/** More than any API server sends in one frame: what announces more is none. */
const maxFrameBytes = 1024 * 1024;

const maxControlBytes = 125;

/** Is told of frames as they arrive. Bytes are only lent: they must be copied by whoever keeps them. */
export interface FrameSink {
  /** A piece of a message, in order. A message has at least one, which may be empty. */
  piece(bytes: Buffer, place: { readonly isFirst: boolean; readonly isLast: boolean }): void;
  control(kind: 'close' | 'ping' | 'pong', payload: Buffer): void;
}

/** A frame of a client: masked, as the protocol asks of clients. */
export function clientFrame(kind: SentFrame, payload: Uint8Array): Buffer {
  const extra = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8;
  const frame = Buffer.alloc(6 + extra + payload.length);
  frame[0] = 0x80 | opcodes[kind];
  frame[1] = 0x80 | (extra === 0 ? payload.length : extra === 2 ? 126 : 127);
  if (extra === 2) frame.writeUInt16BE(payload.length, 2);
  if (extra === 8) frame.writeBigUInt64BE(BigInt(payload.length), 2);
  const mask = randomBytes(4);
  mask.copy(frame, 2 + extra);
  const start = 6 + extra;
  for (const [index, byte] of payload.entries()) {
    frame[start + index] = byte ^ (mask[index % 4] ?? 0);
  }
  return frame;
}

/**
 * Takes what a server sends apart, without keeping any of a message: a message goes to the sink in the pieces in which it
 * arrives. Libraries put messages together first, which costs a transfer two copies and their garbage.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #header = Buffer.alloc(10);
  readonly #control = Buffer.alloc(maxControlBytes);
  #headerBytes = 0;
  #opcode = 0;
  #isFinal = false;
  /** What is still to come of the frame's payload; `undefined` between two frames. */
  #left: number | undefined;
  #controlBytes = 0;
  /** Whether a message has begun and not ended. */
  #inMessage = false;
  #isFirst = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Takes the next bytes. @throws `Error` saying what is wrong with them; nothing may be read after that */
  read(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      rest = rest.subarray(
        this.#left === undefined ? this.#readHeader(rest) : this.#readPayload(rest, this.#left),
      );
    }
  }

  #readHeader(bytes: Buffer): number {
    const header = this.#header;
    let taken = 0;
    while (taken < bytes.length) {
      header[this.#headerBytes++] = bytes[taken++] ?? 0;
      const [kind = 0, length = 0] = header;
      if (this.#headerBytes < (this.#headerBytes < 2 ? 2 : headerLength(length))) continue;
      this.#headerBytes = 0;
      this.#begin(kind, payloadLength(header));
      return taken;
    }
    return taken;
  }

  #begin(kind: number, length: number): void {
    const [, second = 0] = this.#header;
    this.#opcode = kind & 0x0f;
    this.#isFinal = (kind & 0x80) !== 0;
    const isControl = this.#opcode >= opcodes.close;
    const isSound = isControl
      ? this.#isFinal && length <= maxControlBytes && this.#opcode <= opcodes.pong
      : this.#opcode === (this.#inMessage ? opcodes.continuation : opcodes.binary);
    if (!isSound || (kind & 0x70) !== 0 || (second & 0x80) !== 0 || length > maxFrameBytes) {
      const [first, other] = [kind, second].map((byte) => byte.toString(16).padStart(2, '0'));
      throw new Error(`bytes that are no frame of a websocket, ${first} ${other} of ${length}`);
    }
    if (!isControl && !this.#inMessage) this.#inMessage = this.#isFirst = true;
    this.#left = length;
    if (length === 0) this.#readPayload(Buffer.alloc(0), 0);
  }

  #readPayload(bytes: Buffer, left: number): number {
    const piece = bytes.subarray(0, left);
    const isLast = piece.length === left;
    this.#left = isLast ? undefined : left - piece.length;
    if (this.#opcode >= opcodes.close) this.#readControl(piece, isLast);
    else this.#readMessage(piece, isLast && this.#isFinal);
    return piece.length;
  }

  #readMessage(piece: Buffer, isLast: boolean): void {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (isLast) this.#inMessage = false;
    this.#sink.piece(piece, { isFirst, isLast });
  }

  #readControl(piece: Buffer, isLast: boolean): void {
    piece.copy(this.#control, this.#controlBytes);
    this.#controlBytes += piece.length;
    if (!isLast) return;
    const payload = Buffer.from(this.#control.subarray(0, this.#controlBytes));
    this.#controlBytes = 0;
    const kinds = { [opcodes.close]: 'close', [opcodes.ping]: 'ping' } as const;
    this.#sink.control(
      this.#opcode === opcodes.close || this.#opcode === opcodes.ping
        ? kinds[this.#opcode]
        : 'pong',
      payload,
    );
  }
}

function headerLength(length: number): number {
  const bits = length & 0x7f;
  return bits === 127 ? 10 : bits === 126 ? 4 : 2;
}

function payloadLength(header: Buffer): number {
  const bits = (header[1] ?? 0) & 0x7f;
  if (bits < 126) return bits;
  return bits === 126 ? header.readUInt16BE(2) : Number(header.readBigUInt64BE(2));
}
