import type { BackupActivities, StoredLock, Verification } from '../contracts/index.ts';
import { verifyStoredFile } from '../store/verify-stored-file.ts';
import type { StepContext } from './step.ts';

type VerifyStored = BackupActivities['verifyStored'];

/**
 * Reads every stored file back and compares it with what the node had, and asks its store how it is locked. Reads only.
 *
 * @throws `StoreRefused`, not retryable, for a file that its store does not lock as it was to; what the stores throw
 */
export async function verifyStoredStep(
  { files }: Parameters<VerifyStored>[0],
  { resolver, signal, report }: StepContext,
): ReturnType<VerifyStored> {
  const verification: Verification[] = [];
  const locks: StoredLock[] = [];
  for (const file of files) {
    const bytesTotal = file.storedSizeBytes;
    const onProgress = (bytesDone: number): void =>
      report(`reading ${file.name} back from ${file.store}`, { bytesDone, bytesTotal });
    const store = resolver.store(file.store);
    verification.push(await verifyStoredFile(store, file, { signal, onProgress }));
    const lock = await store.lockOf?.(file.key, signal);
    if (lock !== undefined) locks.push({ store: file.store, key: file.key, ...lock });
  }
  return { verification, ...(locks.length === 0 ? {} : { locks }) };
}
