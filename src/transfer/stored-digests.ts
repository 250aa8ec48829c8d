import { createHash } from 'node:crypto';

import type { BackupStore, StoredObject } from '../store/backup-store.ts';
import { readObject } from '../store/read-object.ts';

/** The digests of an object, lower-case hexadecimal. */
export interface ObjectDigests {
  readonly sha256: string;
  /** Of its parts, in their order; an empty object is one empty part. */
  readonly parts: readonly string[];
}

/**
 * Reads a stored object, and computes its digest and those of its parts. `onProgress` is called again and again with the bytes that
 * are behind. Fails as {@link BackupStore.read} does.
 */
export async function readStoredDigests(
  store: BackupStore,
  object: StoredObject & { readonly partSizeBytes: number },
  options: { readonly signal: AbortSignal; readonly onProgress?: (bytesDone: number) => void },
): Promise<ObjectDigests> {
  const { partSizeBytes } = object;
  const whole = createHash('sha256');
  const parts: string[] = [];
  let part = createHash('sha256');
  let behind = 0;
  for await (const piece of readObject(store, object, options.signal)) {
    whole.update(piece);
    for (let at = 0; at < piece.length;) {
      if (behind > 0 && behind % partSizeBytes === 0) {
        parts.push(part.digest('hex'));
        part = createHash('sha256');
      }
      const bytes = piece.subarray(at, at + partSizeBytes - (behind % partSizeBytes));
      part.update(bytes);
      at += bytes.length;
      behind += bytes.length;
    }
    options.onProgress?.(behind);
  }
  return { sha256: whole.digest('hex'), parts: [...parts, part.digest('hex')] };
}
