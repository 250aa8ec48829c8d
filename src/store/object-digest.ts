import { createHash } from 'node:crypto';

import type { BackupStore, StoredObject } from './backup-store.ts';

const bufferBytes = 8 * 1024 * 1024;

/**
 * Computes the SHA-256 of a stored object, lower-case hexadecimal, by reading all of it through one buffer of at most 8
 * MiB. `onProgress` is called after each read with the bytes that are behind. Fails as {@link BackupStore.read} does.
 */
export async function objectDigest(
  store: BackupStore,
  object: StoredObject,
  options: { readonly signal: AbortSignal; readonly onProgress?: (bytesDone: number) => void },
): Promise<string> {
  const { key, sizeBytes } = object;
  const buffer = Buffer.allocUnsafeSlow(Math.min(bufferBytes, sizeBytes));
  const hash = createHash('sha256');
  let offset = 0;
  while (offset < sizeBytes) {
    const chunk = buffer.subarray(0, Math.min(bufferBytes, sizeBytes - offset));
    await store.read(key, offset, chunk, options.signal);
    hash.update(chunk);
    offset += chunk.length;
    options.onProgress?.(offset);
  }
  return hash.digest('hex');
}
