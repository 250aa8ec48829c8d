import { expect, test } from 'vitest';

import { checkMeta } from '../../src/snapshot/meta.ts';
import type { SnapshotShape } from './synthetic-snapshot.ts';
import { sourceOf, syntheticSnapshot } from './synthetic-snapshot.ts';

const { signal } = new AbortController();
const check = (bytes: Buffer) => checkMeta(sourceOf(bytes), signal);

test.each<[string, SnapshotShape]>([
  ['of amd64 and arm64', {}],
  ['of IBM Z, big-endian', { bigEndian: true }],
  ['of a kernel with pages of 64 KiB', { pageSize: 65_536 }],
  ['of IBM Z with pages of 64 KiB', { pageSize: 65_536, bigEndian: true }],
  ['whose second meta page is the newer one', { transactions: [14n, 15n] }],
])('a snapshot %s has a sound shape', async (_, shape) => {
  expect(await check(syntheticSnapshot(shape))).toMatchObject({
    level: 'shape',
    outcome: 'passed',
  });
});

const flip = (at: number) => {
  const bytes = syntheticSnapshot();
  bytes[at]! ^= 1;
  return bytes;
};

test.each<[string, Buffer, string]>([
  [
    'cut by a page',
    syntheticSnapshot().subarray(0, -4096),
    'the file has 28704 bytes, its meta pages say 32800',
  ],
  ['cut to its trailer', syntheticSnapshot().subarray(-32), 'the file has 32 bytes'],
  [
    'cut in its second meta page',
    syntheticSnapshot().subarray(0, 4150),
    'no meta page at 4096: the file has 4150 bytes',
  ],
  ['of nothing', Buffer.alloc(0), 'the file has 0 bytes'],
  ['of zeros', Buffer.alloc(32_800), 'no meta page at 0: magic 00000000'],
  [
    'without its trailer',
    syntheticSnapshot({ trailer: false }),
    'the file has 32768 bytes, its meta pages say 32800',
  ],
  [
    'with bytes after it',
    Buffer.concat([syntheticSnapshot(), Buffer.alloc(512)]),
    'its meta pages say 32800',
  ],
  ['with a flipped bit in its first magic', flip(16), 'no meta page at 0: magic ecda0ced'],
  [
    'with a flipped bit in its second magic',
    flip(4096 + 16),
    'no meta page at 4096: magic ecda0ced',
  ],
  ['with a flipped bit in its first root', flip(32), 'checksum of meta page 0 does not fit'],
  [
    'with a flipped bit in its second freelist',
    flip(4096 + 48),
    'checksum of meta page 1 does not fit',
  ],
  ['with a flipped bit in a checksum', flip(4096 + 79), 'checksum of meta page 1 does not fit'],
  ['with a flipped bit in its page size', flip(25), 'page size 4352, expected a power of two'],
  ['with a page that is not a meta page', flip(8), 'page 0 is page 0 with flags 5'],
  ['whose pages changed places', flip(4096), 'page 1 is page 0'],
  ['of another version', syntheticSnapshot({ version: 3 }), 'version 3, expected 2'],
  ['copied from a live database', syntheticSnapshot({ roots: [2, 7] }), 'root pages 2 and 7'],
  [
    'whose transactions are apart',
    syntheticSnapshot({ transactions: [15n, 13n] }),
    'transactions 15 and 13',
  ],
  [
    'whose transactions are one',
    syntheticSnapshot({ transactions: [15n, 15n] }),
    'transactions 15 and 15',
  ],
])('a file %s is refused with what was seen', async (_, bytes, seen) => {
  expect(await check(bytes)).toEqual({
    level: 'shape',
    outcome: 'failed',
    evidence: expect.stringContaining(seen),
  });
});

test('a source that cannot be reached is no verdict', async () => {
  const gone = new Error('connection lost');
  const source = { sizeBytes: 32_800, read: () => Promise.reject(gone) };
  await expect(checkMeta(source, signal)).rejects.toBe(gone);
});
