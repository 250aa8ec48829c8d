import type { BackupStore, StoredObject } from './backup-store.ts';

const bufferBytes = 8 * 1024 * 1024;

/**
 * The bytes of a stored object in their order: as one stream where the store has such, else through one buffer of at most 8 MiB, which
 * the next piece overwrites. Fails as {@link BackupStore.read} does.
 */
export function readObject(
  store: BackupStore,
  object: StoredObject,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  return store.readAll?.(object.key, signal) ?? readRanges(store, object, signal);
}

async function* readRanges(
  store: BackupStore,
  { key, sizeBytes }: StoredObject,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(bufferBytes, sizeBytes));
  for (let offset = 0; offset < sizeBytes; offset += buffer.length) {
    const piece = buffer.subarray(0, sizeBytes - offset);
    await store.read(key, offset, piece, signal);
    yield piece;
  }
}
