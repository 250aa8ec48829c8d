import type { StoredFile } from '../contracts/files.ts';
import type { Verification } from '../contracts/verification.ts';
import type { BackupStore } from './backup-store.ts';
import { objectDigest } from './object-digest.ts';

/**
 * Reads a stored file back and judges whether the store holds the recorded bytes: level `transport`. Reads only. A
 * missing, shorter or different object is a failed outcome; only a store that does not answer rejects, as
 * {@link BackupStore.read} does.
 */
export async function verifyStoredFile(
  store: BackupStore,
  file: StoredFile,
  options: { readonly signal: AbortSignal; readonly onProgress?: (bytesDone: number) => void },
): Promise<Verification> {
  const { key, storedSizeBytes, storedSha256 } = file;
  const where = `store ${store.name}, ${key}`;
  const object = await store.stat(key, options.signal);
  if (object === undefined) return failed(`${where}: not there`);
  if (object.sizeBytes !== storedSizeBytes) {
    return failed(`${where}: ${object.sizeBytes} bytes, expected ${storedSizeBytes}`);
  }
  const sha256 = await objectDigest(store, object, options);
  if (sha256 !== storedSha256) {
    return failed(`${where}: SHA-256 ${sha256}, expected ${storedSha256}`);
  }
  const evidence = `${where}: ${storedSizeBytes} bytes read back, SHA-256 ${sha256} as recorded`;
  return { level: 'transport', outcome: 'passed', evidence };
}

function failed(evidence: string): Verification {
  return { level: 'transport', outcome: 'failed', evidence };
}
