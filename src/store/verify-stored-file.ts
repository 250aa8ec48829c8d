import type { PartsChecksum, StoredFile } from '../contracts/files.ts';
import type { Verification } from '../contracts/verification.ts';
import type { BackupStore } from './backup-store.ts';
import { objectDigest } from './object-digest.ts';

/**
 * Judges whether the store holds the recorded bytes: level `transport`. Where the store was found to check what it is sent, and
 * has the checksum that these parts make, that is the proof; otherwise the whole object is read back. Reads only. A missing,
 * shorter or different object is a failed outcome; only a store that does not answer rejects, as {@link BackupStore.read} does.
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
  const { sha256OfParts } = object;
  if (sha256OfParts !== undefined && file.partsChecksum !== undefined) {
    const { checksumsEnforced } = await store.capabilities(options.signal);
    if (checksumsEnforced) return judgeChecksum(where, file, file.partsChecksum, sha256OfParts);
  }
  const sha256 = await objectDigest(store, object, options);
  if (sha256 !== storedSha256) {
    return failed(`${where}: SHA-256 ${sha256}, expected ${storedSha256}`);
  }
  const evidence = `${where}: ${storedSizeBytes} bytes read back, SHA-256 ${sha256} as recorded`;
  return { level: 'transport', outcome: 'passed', evidence };
}

function judgeChecksum(
  where: string,
  { storedSizeBytes }: StoredFile,
  expected: PartsChecksum,
  sha256OfParts: string,
): Verification {
  if (sha256OfParts !== expected.sha256OfParts) {
    return failed(
      `${where}: SHA-256 of its parts ${sha256OfParts}, expected ${expected.sha256OfParts}`,
    );
  }
  const parts = `parts of ${expected.partSizeBytes} bytes`;
  const evidence = `${where}: ${storedSizeBytes} bytes in ${parts}, which the store checked, SHA-256 of them ${sha256OfParts} as expected`;
  return { level: 'transport', outcome: 'passed', evidence };
}

function failed(evidence: string): Verification {
  return { level: 'transport', outcome: 'failed', evidence };
}
