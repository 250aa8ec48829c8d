import { createHash } from 'node:crypto';

import type { BackupStore, StoredObject } from './backup-store.ts';

const bufferBytes = 8 * 1024 * 1024;

/**
 * Computes the SHA-256 of a stored object, lower-case hexadecimal, by reading all of it: as one stream where the store has such, else
 * through one buffer of at most 8 MiB. `onProgress` is called again and again with the bytes that are behind. Fails as
 * {@link BackupStore.read} does.
 */
export async function objectDigest(
  store: BackupStore,
  object: StoredObject,
  options: { readonly signal: AbortSignal; readonly onProgress?: (bytesDone: number) => void },
): Promise<string> {
  const { key } = object;
  const hash = createHash('sha256');
  let behind = 0;
  const chunks = store.readAll?.(key, options.signal) ?? readRanges(store, object, options.signal);
  for await (const chunk of chunks) {
    hash.update(chunk);
    behind += chunk.length;
    options.onProgress?.(behind);
  }
  return hash.digest('hex');
}

async function* readRanges(
  store: BackupStore,
  { key, sizeBytes }: StoredObject,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(bufferBytes, sizeBytes));
  for (let offset = 0; offset < sizeBytes; offset += buffer.length) {
    const chunk = buffer.subarray(0, sizeBytes - offset);
    await store.read(key, offset, chunk, signal);
    yield chunk;
  }
}
