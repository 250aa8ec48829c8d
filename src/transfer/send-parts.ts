import { createHash } from 'node:crypto';

import { failureType } from '../contracts/failures.ts';
import type { BackupStore, UploadSession } from '../store/backup-store.ts';
import { partCount, partRange } from '../store/layout.ts';
import type { ObjectDigests } from './stored-digests.ts';
import type { ObjectParts } from './object-parts.ts';
import type { ProgressLimit } from './progress-limit.ts';
import { readAhead } from './read-ahead.ts';
import type { ReadPart } from './read-ahead.ts';

/** What {@link sendParts} works with. */
export interface Sending {
  readonly parts: ObjectParts;
  /** The digests of `parts` that are known. */
  readonly known: readonly (string | undefined)[];
  readonly store: BackupStore;
  readonly session: UploadSession;
  readonly limit: ProgressLimit;
  readonly onProgress: ((bytesDone: number, bytesTotal: number) => void) | undefined;
}

/** The digests of an object; of the whole only where it is known beforehand, or every part of it came by. */
export interface SentDigests extends Pick<ObjectDigests, 'parts'> {
  readonly sha256: string | undefined;
}

/**
 * Stores the parts that the store does not have as they must be, and returns the digests of all. While one is stored the next
 * is read; one at a time is on its way to the store, so that whenever this process dies no more than one is sent again.
 */
export async function sendParts(sending: Sending): Promise<SentDigests> {
  const { parts, known, store, session, limit, onProgress } = sending;
  const { sizeBytes } = parts;
  const listed = await limit.race(store.listParts(session, limit.signal));
  const stored = new Map(listed.map(({ number, sha256 }) => [number, sha256]));
  const digests = Array.from({ length: partCount(parts) }, (_, index) => known[index] ?? '');
  const isMissing = (digest: string, index: number): boolean => digest !== stored.get(index + 1);
  const missing = digests.flatMap((digest, index) => (isMissing(digest, index) ? [index + 1] : []));
  const bytesMissing = missing.reduce((sum, number) => sum + partRange(parts, number).sizeBytes, 0);
  let bytesDone = sizeBytes - bytesMissing;
  onProgress?.(bytesDone, sizeBytes);

  // Only when all parts come by, in their order, is there a whole to be known.
  const whole =
    parts.sha256 === undefined && missing.length === digests.length
      ? createHash('sha256')
      : undefined;
  await readAhead(parts, missing, limit, async (part) => {
    const { number, bytes, sha256 } = part;
    digests[number - 1] = sha256;
    whole?.update(bytes);
    if (stored.get(number) !== sha256) await put(sending, part);
    bytesDone += bytes.length;
    limit.progressed();
    onProgress?.(bytesDone, sizeBytes);
  });
  return { parts: digests, sha256: parts.sha256 ?? whole?.digest('hex') };
}

/** Stores a part; once more when other bytes arrived there. */
async function put({ store, session, limit }: Sending, part: ReadPart): Promise<void> {
  const { number, bytes, sha256 } = part;
  const stored = { number, sizeBytes: bytes.length, sha256 };
  try {
    await store.putPart(session, stored, bytes, limit.signal);
  } catch (error) {
    if (failureType(error) !== 'ChecksumMismatch') throw error;
    await store.putPart(session, stored, bytes, limit.signal);
  }
}
