import { createHash } from 'node:crypto';

import type { BackupStore } from '../store/backup-store.ts';
import { partCount, partRange } from '../store/layout.ts';
import type { PartGeometry } from '../store/layout.ts';

/** The digests of an object, lower-case hexadecimal. */
export interface ObjectDigests {
  readonly sha256: string;
  /** Of its parts, in their order. */
  readonly parts: readonly string[];
}

const bufferBytes = 8 * 1024 * 1024;

/**
 * Reads a stored object through one buffer of at most 8 MiB and computes its digests. `onProgress` is called after each read
 * with the bytes that are behind. Fails as {@link BackupStore.read} does.
 */
export async function readStoredDigests(
  store: BackupStore,
  object: PartGeometry & { readonly key: string },
  options: { readonly signal: AbortSignal; readonly onProgress?: (bytesDone: number) => void },
): Promise<ObjectDigests> {
  const { key, sizeBytes, partSizeBytes } = object;
  const buffer = Buffer.allocUnsafeSlow(Math.min(bufferBytes, partSizeBytes, sizeBytes));
  const whole = createHash('sha256');
  const parts: string[] = [];
  for (let number = 1; number <= partCount(object); number += 1) {
    const part = partRange(object, number);
    const hash = createHash('sha256');
    for (let done = 0; done < part.sizeBytes; done += buffer.length) {
      const bytes = buffer.subarray(0, Math.min(buffer.length, part.sizeBytes - done));
      await store.read(key, part.offset + done, bytes, options.signal);
      whole.update(bytes);
      hash.update(bytes);
      options.onProgress?.(part.offset + done + bytes.length);
    }
    parts.push(hash.digest('hex'));
  }
  return { sha256: whole.digest('hex'), parts };
}
