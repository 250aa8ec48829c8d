import { createCipheriv, createHash } from 'node:crypto';

import type { UploadPart } from '../../src/store/backup-store.ts';
import { partCount, partRange } from '../../src/store/layout.ts';
import type { PartGeometry } from '../../src/store/layout.ts';

/** Bytes that nobody can guess, the same for the same seed in every process. */
export function contentOf(seed: string, sizeBytes: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** One part of some content: what a store is told of it, and its bytes. */
export function partOf(
  content: Buffer,
  geometry: PartGeometry,
  number: number,
): { readonly part: UploadPart; readonly bytes: Buffer } {
  const { offset, sizeBytes } = partRange(geometry, number);
  const bytes = content.subarray(offset, offset + sizeBytes);
  return { part: { number, sizeBytes, sha256: sha256Of(bytes) }, bytes };
}

/** All of them, in order. */
export function partsOf(content: Buffer, geometry: PartGeometry): ReturnType<typeof partOf>[] {
  return Array.from({ length: partCount(geometry) }, (_, index) =>
    partOf(content, geometry, index + 1),
  );
}
