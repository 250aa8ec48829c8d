import { createHash } from 'node:crypto';

import type { BackupStore, StoredObject } from './backup-store.ts';
import { readObject } from './read-object.ts';

/**
 * Computes the SHA-256 of a stored object, lower-case hexadecimal, by reading all of it. `onProgress` is called again and again with
 * the bytes that are behind. Fails as {@link BackupStore.read} does.
 */
export async function objectDigest(
  store: BackupStore,
  object: StoredObject,
  options: { readonly signal: AbortSignal; readonly onProgress?: (bytesDone: number) => void },
): Promise<string> {
  const hash = createHash('sha256');
  let behind = 0;
  for await (const piece of readObject(store, object, options.signal)) {
    hash.update(piece);
    behind += piece.length;
    options.onProgress?.(behind);
  }
  return hash.digest('hex');
}
