import { describe, expect, test } from 'vitest';

import { FrameReader } from '../../src/kubernetes/web-socket-frames.ts';

const binary = 0x82;

/** A frame of a server: not masked. */
function frame(first: number, payload: Uint8Array, second = 0): Buffer {
  const { length } = payload;
  const head =
    length < 126
      ? Buffer.of(first, second | length)
      : length < 65_536
        ? Buffer.of(first, second | 126, length >> 8, length & 0xff)
        : Buffer.concat([Buffer.of(first, second | 127, 0, 0, 0, 0), int32(length)]);
  return Buffer.concat([head, payload]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** What a reader made of bytes that arrived so many at a time: messages whole, and control frames between them. */
function read(bytes: Buffer, atOnce: number): readonly (Buffer | string)[] {
  const seen: (Buffer | string)[] = [];
  let message: Buffer | undefined;
  const reader = new FrameReader({
    piece(piece, { isFirst, isLast }) {
      expect(isFirst).toBe(message === undefined);
      message = Buffer.concat([message ?? Buffer.alloc(0), piece]);
      if (!isLast) return;
      seen.push(message);
      message = undefined;
    },
    control: (kind, payload) => seen.push(`${kind} ${payload.toString()}`),
  });
  for (let at = 0; at < bytes.length; at += atOnce) reader.read(bytes.subarray(at, at + atOnce));
  return seen;
}

describe.each([1, 2, 7, 1000, Infinity])('frames that arrive %d bytes at a time', (atOnce) => {
  test.each([0, 1, 125, 126, 127, 65_535, 65_536, 100_000])(
    'give a message of %d bytes and the one after it',
    (length) => {
      const message = Buffer.alloc(length, 'etcd');
      const bytes = Buffer.concat([frame(binary, message), frame(binary, Buffer.from('next'))]);
      expect(read(bytes, Math.min(atOnce, bytes.length))).toEqual([message, Buffer.from('next')]);
    },
  );

  test('give a message in fragments, and the ping between them', () => {
    const bytes = Buffer.concat([
      frame(0x02, Buffer.from('one ')),
      frame(0x89, Buffer.from('there?')),
      frame(0x00, Buffer.alloc(0)),
      frame(0x8a, Buffer.alloc(0)),
      frame(0x80, Buffer.from('message')),
      frame(0x88, Buffer.of(0x03, 0xe8)),
    ]);
    expect(read(bytes, Math.min(atOnce, bytes.length))).toEqual([
      'ping there?',
      'pong ',
      Buffer.from('one message'),
      `close ${Buffer.of(0x03, 0xe8).toString()}`,
    ]);
  });
});

test.each([
  ['a masked frame', frame(binary, Buffer.from('x'), 0x80)],
  ['a text message', frame(0x81, Buffer.from('x'))],
  ['a reserved bit', frame(0xc2, Buffer.from('x'))],
  ['an unknown kind', frame(0x83, Buffer.from('x'))],
  ['an unknown control frame', frame(0x8b, Buffer.from('x'))],
  ['a fragment of nothing', frame(0x80, Buffer.from('x'))],
  [
    'a message in another one',
    Buffer.concat([frame(0x02, Buffer.from('x')), frame(binary, Buffer.from('x'))]),
  ],
  ['a ping in fragments', frame(0x09, Buffer.from('x'))],
  ['a long ping', frame(0x89, Buffer.alloc(126))],
  ['more than a server sends at once', Buffer.of(binary, 127, 0, 0, 0, 0, 0, 0x10, 0, 1)],
  ['more than there can be', Buffer.of(binary, 127, ...Buffer.alloc(8, 0xff))],
  ['no websocket at all', Buffer.from('HTTP/1.1 502 Bad Gateway\r\n\r\n')],
])('%s is no frame', (_what, bytes) => {
  expect(() => read(bytes, 1)).toThrow('no frame of a websocket');
});
