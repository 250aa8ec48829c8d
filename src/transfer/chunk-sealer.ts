import { createCipheriv, createSecretKey, hkdfSync } from 'node:crypto';

import { nonceOf } from './age-header.ts';
import type { AgeHeader } from './age-header.ts';

/** How much of a file is sealed as one chunk; only the last is shorter. */
export const chunkBytes: number = 64 * 1024;
const tagBytes = 16;

/** The length of a whole chunk, sealed. */
export const sealedChunkBytes: number = chunkBytes + tagBytes;

/** The length of so many bytes, sealed: a tag for each chunk. A file of nothing is one chunk of nothing. */
export function sealedLength(sizeBytes: number): number {
  return sizeBytes + tagBytes * Math.max(1, Math.ceil(sizeBytes / chunkBytes));
}

/** Seals one chunk, by its index in the file: the bytes, and their tag. */
export type ChunkSealer = (index: number, isLast: boolean, plain: Uint8Array) => Buffer[];

/**
 * Seals chunks as age does: ChaCha20-Poly1305 under a key of this file alone, the chunk's index and whether it is the last as its
 * nonce. Chunks can be sealed in any order and again; what must never happen is that one index seals two different chunks.
 *
 * @see https://age-encryption.org/v1
 */
export function chunkSealer({ prefix, fileKey }: AgeHeader): ChunkSealer {
  const derived = hkdfSync('sha256', fileKey, nonceOf(prefix), 'payload', 32);
  const key = createSecretKey(Buffer.from(derived));
  const nonce = Buffer.alloc(12);
  return (index, isLast, plain) => {
    nonce.writeUIntBE(index, 5, 6);
    nonce[11] = isLast ? 1 : 0;
    const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes });
    const sealed = cipher.update(plain);
    cipher.final();
    return [sealed, cipher.getAuthTag()];
  };
}
