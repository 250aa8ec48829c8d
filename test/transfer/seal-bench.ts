import {
  Decrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from 'age-encryption';

import { partCount, partRange } from '../../src/store/layout.ts';
import type { ObjectParts } from '../../src/transfer/object-parts.ts';
import type { PartRecord } from '../../src/transfer/part-record.ts';
import { sha256Of } from '../store/content.ts';

/** One who can open what is sealed for the recipient. */
export interface Reader {
  readonly identity: string;
  readonly recipient: string;
}

export async function makeReader(kind: 'x25519' | 'hybrid' = 'x25519'): Promise<Reader> {
  const identity = await (kind === 'hybrid' ? generateHybridIdentity() : generateX25519Identity());
  return { identity, recipient: await identityToRecipient(identity) };
}

export async function makeReaders(count: number): Promise<readonly Reader[]> {
  return await Promise.all(Array.from({ length: count }, async () => await makeReader()));
}

/** Opens sealed bytes as age's library does. */
export async function openSealed(sealed: Buffer, { identity }: Reader): Promise<Buffer> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return Buffer.from(await decrypter.decrypt(sealed));
}

/** The parts of these bytes as a file of the node has them, and which of them were read. */
export interface PlainParts extends ObjectParts {
  readonly reads: number[];
}

export function plainParts(bytes: Buffer, partSizeBytes: number): PlainParts {
  const geometry = { sizeBytes: bytes.length, partSizeBytes };
  const partOf = (number: number) => {
    const { offset, sizeBytes } = partRange(geometry, number);
    return bytes.subarray(offset, offset + sizeBytes);
  };
  const reads: number[] = [];
  return {
    ...geometry,
    reads,
    sha256: sha256Of(bytes),
    digests: async () =>
      Array.from({ length: partCount(geometry) }, (_, index) => sha256Of(partOf(index + 1))),
    read: async (number, buffer) => {
      reads.push(number);
      const part = partOf(number);
      if (buffer.length !== part.length) throw new TypeError(`part ${number}: ${buffer.length}`);
      part.copy(buffer);
      return sha256Of(part);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

/** A record in memory. */
export function recordOf(digests = new Map<number, string>()): PartRecord {
  return {
    digests,
    add: async (number, sha256) => void digests.set(number, sha256),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** The bytes of one part. */
export async function readPart(parts: ObjectParts, number: number): Promise<Buffer> {
  const buffer = Buffer.alloc(partRange(parts, number).sizeBytes);
  await parts.read(number, buffer);
  return buffer;
}

/** The bytes of the parts from this number on. */
export async function readFrom(parts: ObjectParts, first = 1): Promise<readonly Buffer[]> {
  const read: Buffer[] = [];
  for (let number = first; number <= partCount(parts); number += 1) {
    read.push(await readPart(parts, number));
  }
  return read;
}
