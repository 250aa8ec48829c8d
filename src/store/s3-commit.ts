import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';

import { failure } from '../contracts/failures.ts';
import type { UploadPart, UploadSession } from './backup-store.ts';
import { partRange } from './layout.ts';
import { nameTaken, objectGone, uploadGone } from './object-failures.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { compositeChecksum, toBase64 } from './s3-checksum.ts';
import { isRefusal, s3Refusal } from './s3-failures.ts';
import { headObject, readObject } from './s3-objects.ts';
import { listParts } from './s3-parts.ts';
import type { ListedPart } from './s3-parts.ts';
import { assertEncrypted, assertLocked, isOurs } from './s3-protection.ts';
import { giveUp } from './s3-uploads.ts';

/** What a commit knows. */
export interface S3Commit {
  readonly bucket: S3Bucket;
  readonly session: UploadSession;
  readonly parts: readonly UploadPart[];
  readonly signal: AbortSignal;
  /** The digest of a part that this process stored itself, by the part's tag; for endpoints that do not list digests. */
  readonly remembered: (part: ListedPart) => string | undefined;
}

/**
 * Makes the object of exactly these parts. What the store answers is never believed by itself: the object counts when it is
 * seen under its name with the expected checksum, and only then does an answer that got lost count as success.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export async function commitUpload(commit: S3Commit): Promise<void> {
  const { bucket, session, signal } = commit;
  const { options } = bucket;
  const stored = await listParts(bucket, session, signal);
  if (stored === undefined) {
    if (await isCommitted(commit)) return;
    throw uploadGone(options, session.key);
  }
  const tags = tagsOf(commit, stored);
  if (
    options.allowOverwriting === true &&
    (await headObject(bucket, session.key, signal)) !== undefined
  ) {
    return await settle(commit, undefined);
  }
  let lost: unknown;
  try {
    await complete(commit, tags);
  } catch (error) {
    if (signal.aborted || s3Refusal(error) === undefined) throw error;
    lost = error;
  }
  await settle(commit, lost);
}

/** The tags of the listed parts, in their order; fails when one of them is not stored as listed. */
function tagsOf(
  { bucket, session, parts, remembered }: S3Commit,
  stored: readonly ListedPart[],
): readonly string[] {
  const found = new Map(stored.map((part) => [part.number, part]));
  return parts.map(({ number, sizeBytes, sha256 }) => {
    const part = found.get(number);
    const digest = part && (part.sha256 ?? remembered(part));
    if (part !== undefined && digest === sha256 && part.sizeBytes === sizeBytes) return part.etag;
    const got =
      part === undefined
        ? 'not stored'
        : `stored with ${part.sizeBytes} bytes and SHA-256 ${digest ?? 'unknown'}`;
    throw failure('ChecksumMismatch', {
      observed: `part ${number}: ${got}, expected ${sizeBytes} bytes and ${sha256}`,
      where: { store: bucket.options.name, key: session.key },
    });
  });
}

async function complete(
  { bucket, session, parts, signal }: S3Commit,
  tags: readonly string[],
): Promise<void> {
  const { client, sdk, at, options } = bucket;
  const expected = compositeChecksum(parts);
  const command = new sdk.CompleteMultipartUploadCommand({
    ...at(session.key),
    UploadId: session.uploadId,
    MpuObjectSize: session.sizeBytes,
    ...(options.allowOverwriting === true ? {} : { IfNoneMatch: '*' }),
    MultipartUpload: {
      Parts: parts.map(({ number, sha256 }, index) => ({
        PartNumber: number,
        ETag: tags[index],
        ChecksumSHA256: toBase64(sha256),
      })),
    },
  });
  const { ChecksumSHA256 } = await client.send(command, { abortSignal: signal });
  if (ChecksumSHA256 === undefined || ChecksumSHA256 === expected) return;
  throw failure('ChecksumMismatch', {
    observed: `object: made with checksum ${ChecksumSHA256.slice(0, 60)}, expected ${expected}`,
    where: { store: options.name, key: session.key },
  });
}

/** How often an object is looked for that another worker's commit may be making right now; the wait doubles. */
const looks = 5;
const firstWaitMs = 200;

/** Decides by what is under the name, whatever was answered. */
async function settle(commit: S3Commit, lost: unknown): Promise<void> {
  const { bucket, session, signal } = commit;
  const mayAppear = lost === undefined || isRefusal(lost, ...atWork);
  for (let look = 1; ; look += 1) {
    if (await isCommitted(commit)) {
      // An object that another upload made leaves this one behind.
      if (lost !== undefined) await giveUp(bucket, session.key, session.uploadId, signal);
      return;
    }
    if (!mayAppear || look === looks) break;
    await sleep(firstWaitMs * 2 ** (look - 1), undefined, { signal });
  }
  if (lost === undefined) throw objectGone(bucket.options, session.key);
  if (isRefusal(lost, 'NoSuchUpload')) throw uploadGone(bucket.options, session.key);
  if (isRefusal(lost, 'ConditionalRequestConflict')) {
    // S3 wants a new upload then; the next try begins it.
    await giveUp(bucket, session.key, session.uploadId, signal);
  }
  throw lost;
}

const atWork = ['ConditionalRequestConflict', 'NoSuchUpload', 'OperationAborted'];

/** Whether the object of these parts is there, as protected as promised; fails when the name is taken by another. */
async function isCommitted(commit: S3Commit): Promise<boolean> {
  const { bucket, session, signal } = commit;
  const head = await headObject(bucket, session.key, signal);
  if (head === undefined) return false;
  const isSame = isOurs(head) && head.ContentLength === session.sizeBytes;
  if (!isSame || !(await hasContent(commit, head))) throw nameTaken(bucket.options, session.key);
  assertEncrypted(bucket.options, head);
  assertLocked(bucket.options, session.key, head);
  return true;
}

async function hasContent(commit: S3Commit, head: HeadObjectCommandOutput): Promise<boolean> {
  const { parts } = commit;
  const checksum = head.ChecksumSHA256;
  if (checksum === compositeChecksum(parts)) return true;
  // Another checksum of as many parts is of other bytes; without one, or of another cut, only the bytes can tell.
  if (checksum?.endsWith(`-${parts.length}`) === true) return false;
  return await consistsOfParts(commit);
}

async function consistsOfParts({ bucket, session, parts, signal }: S3Commit): Promise<boolean> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(session.partSizeBytes, session.sizeBytes));
  for (const { number, sizeBytes, sha256 } of parts) {
    const bytes = buffer.subarray(0, sizeBytes);
    const { offset } = partRange(session, number);
    await readObject(bucket, session.key, { offset, buffer: bytes }, signal);
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) return false;
  }
  return true;
}
