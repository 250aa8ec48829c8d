import type { BackupActivities, Verification } from '../contracts/index.ts';
import { verifyStoredFile } from '../store/verify-stored-file.ts';
import type { StepContext } from './step.ts';

type VerifyStored = BackupActivities['verifyStored'];

/** Reads every stored file back and compares it with what the node had. Reads only. */
export async function verifyStoredStep(
  { files }: Parameters<VerifyStored>[0],
  { resolver, signal, report }: StepContext,
): ReturnType<VerifyStored> {
  const verification: Verification[] = [];
  for (const file of files) {
    const bytesTotal = file.storedSizeBytes;
    const onProgress = (bytesDone: number): void =>
      report(`reading ${file.name} back from ${file.store}`, { bytesDone, bytesTotal });
    const store = resolver.store(file.store);
    verification.push(await verifyStoredFile(store, file, { signal, onProgress }));
  }
  return { verification };
}
