import { createHash } from 'node:crypto';

import type { ByteSource } from '../../src/snapshot/byte-source.ts';

/** How a synthetic snapshot is written; what is left out is as etcd does it. */
export interface SnapshotShape {
  readonly bigEndian?: boolean;
  readonly pageSize?: number;
  readonly pages?: number;
  readonly roots?: readonly [number, number];
  readonly transactions?: readonly [bigint, bigint];
  readonly version?: number;
  readonly trailer?: boolean;
}

/** A file with the meta pages of a bbolt database, zeros after them, and etcd's trailer. */
export function syntheticSnapshot(shape: SnapshotShape = {}): Buffer {
  const { pageSize = 4096, pages = 8, transactions = [15n, 14n], roots = [2, 2] } = shape;
  const database = Buffer.alloc(pageSize * pages);
  for (const page of [0, 1] as const) {
    const meta = metaPage(
      { ...shape, page, pageSize, pages, root: roots[page] },
      transactions[page],
    );
    meta.copy(database, page * pageSize);
  }
  if (shape.trailer === false) return database;
  return Buffer.concat([database, createHash('sha256').update(database).digest()]);
}

export function sourceOf(bytes: Buffer): ByteSource {
  return {
    sizeBytes: bytes.length,
    read: async (offset, buffer) => {
      if (offset + buffer.length > bytes.length) throw new Error('read past the end');
      bytes.copy(buffer, 0, offset);
    },
  };
}

function metaPage(
  of: {
    readonly bigEndian?: boolean;
    readonly page: number;
    readonly pageSize: number;
    readonly pages: number;
    readonly root: number;
    readonly version?: number;
  },
  transaction: bigint,
): Buffer {
  const bytes = Buffer.alloc(80);
  const put = (width: 2 | 4 | 8, value: number | bigint, at: number) => {
    const digits = BigInt(value)
      .toString(16)
      .padStart(width * 2, '0');
    const written = Buffer.from(digits, 'hex');
    bytes.set(of.bigEndian ? written : written.toReversed(), at);
  };
  put(8, of.page, 0);
  put(2, 4, 8);
  put(4, 0xed0cdaed, 16);
  put(4, of.version ?? 2, 20);
  put(4, of.pageSize, 24);
  put(8, of.root, 32);
  put(8, 0xffff_ffff_ffff_ffffn, 48);
  put(8, of.pages, 56);
  put(8, transaction, 64);
  let sum = 0xcbf29ce484222325n;
  for (const byte of bytes.subarray(16, 72))
    sum = ((sum ^ BigInt(byte)) * 0x100000001b3n) & 0xffff_ffff_ffff_ffffn;
  put(8, sum, 72);
  return bytes;
}
