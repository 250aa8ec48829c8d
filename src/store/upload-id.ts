import { createHash } from 'node:crypto';

import { failure } from '../contracts/failures.ts';
import type { UnfinishedUpload, UploadSession } from './backup-store.ts';
import { assertKey } from './layout.ts';

// The names of uploads in stores that give them none of their own.

/** The same for the same key and sizes, in every process. */
export function uploadIdOf({
  key,
  sizeBytes,
  partSizeBytes,
}: Omit<UploadSession, 'uploadId'>): string {
  return `${keyHash(key)}-${sizeBytes}-${partSizeBytes}`;
}

/** A name for a key that has no slash in it; every upload of the key begins with it. */
export function keyHash(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}

/** Lets only sessions of ours through, so that none names another directory. @throws `StoreRefused` (not retryable) */
export function assertSession(session: UploadSession): void {
  assertKey(session.key);
  if (session.uploadId === uploadIdOf(session)) return;
  throw foreign(session);
}

/** Lets only uploads of ours through, so that none names another directory. @throws `StoreRefused` (not retryable) */
export function assertUploadId(upload: UnfinishedUpload): void {
  const { key, uploadId } = upload;
  assertKey(key);
  if (uploadId.startsWith(`${keyHash(key)}-`) && /^[0-9a-f]+-\d+-\d+$/.test(uploadId)) return;
  throw foreign(upload);
}

function foreign({ key, uploadId }: UnfinishedUpload): Error {
  return failure('StoreRefused', {
    observed: 'upload session: its id is not of its key and sizes',
    where: { key, uploadId },
  });
}
