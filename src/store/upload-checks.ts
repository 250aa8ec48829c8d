import { createHash } from 'node:crypto';

import { failure } from '../contracts/failures.ts';
import type { UploadPart, UploadSession } from './backup-store.ts';
import { partCount, partRange } from './layout.ts';
import type { PartGeometry } from './layout.ts';

// What every adapter checks before it touches its store.

/** Lets only sizes through that can be cut. @throws `StoreRefused` (not retryable) */
export function assertSizes({
  key,
  sizeBytes,
  partSizeBytes,
}: PartGeometry & { readonly key: string }): void {
  const fits = Number.isSafeInteger(sizeBytes) && sizeBytes >= 0;
  if (fits && Number.isSafeInteger(partSizeBytes) && partSizeBytes > 0) return;
  throw failure('StoreRefused', {
    observed: `upload of ${sizeBytes} bytes in parts of ${partSizeBytes}: expected whole numbers, parts above 0`,
    where: { key },
  });
}

/** Lets only parts of the upload through. @throws `StoreRefused` (not retryable) */
export function assertPart(session: UploadSession, { number, sizeBytes }: UploadPart): void {
  const count = partCount(session);
  const known = Number.isInteger(number) && number >= 1 && number <= count;
  if (known && sizeBytes === partRange(session, number).sizeBytes) return;
  throw failure('StoreRefused', {
    observed: `part ${number} of ${sizeBytes} bytes: expected one of ${count} parts that make ${session.sizeBytes} bytes`,
    where: { key: session.key },
  });
}

/** Lets only the announced bytes through. @throws `ChecksumMismatch` (retryable) */
export function assertBytes(session: UploadSession, part: UploadPart, bytes: Uint8Array): void {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 === part.sha256 && bytes.length === part.sizeBytes) return;
  throw failure('ChecksumMismatch', {
    observed: `part ${part.number}: ${bytes.length} bytes with SHA-256 ${sha256}, expected ${part.sizeBytes} with ${part.sha256}`,
    where: { key: session.key },
  });
}

/** Lets only lists through that make the object. @throws `StoreRefused` (not retryable) */
export function assertPartList(session: UploadSession, parts: readonly UploadPart[]): void {
  const fits =
    parts.length === partCount(session) &&
    parts.every(
      ({ number, sizeBytes }, index) =>
        number === index + 1 && sizeBytes === partRange(session, number).sizeBytes,
    );
  if (fits) return;
  throw failure('StoreRefused', {
    observed: `parts to commit: ${parts.length} that do not make ${session.sizeBytes} bytes, expected ${partCount(session)} in order`,
    where: { key: session.key },
  });
}
