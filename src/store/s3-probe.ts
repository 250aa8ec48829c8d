import { createHash } from 'node:crypto';

import { failure, failureType } from '../contracts/failures.ts';
import type { StoreCapabilities, UploadPart } from './backup-store.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { putObject } from './s3-create.ts';
import { isRefusal, s3Refusal } from './s3-failures.ts';
import { uploadsOf } from './s3-list-uploads.ts';
import { headObject, readObject } from './s3-objects.ts';
import { listParts, putPart } from './s3-parts.ts';
import type { ListedPart } from './s3-parts.ts';
import { askingForLock, assertEncrypted, assertLocked } from './s3-protection.ts';
import { createUpload, giveUp, s3PartLimits } from './s3-uploads.ts';

// No key begins with a dot, so that this is never taken for anything of a backup.
const name = '.probe';
const content = Buffer.from('etcd-backup\n');
const digest = createHash('sha256').update(content).digest('hex');
const otherDigest = createHash('sha256').update('something else').digest('hex');

/** A probe that died left its upload; no live one takes so long. */
const abandonedMs = 60 * 60 * 1000;

/**
 * Tries on one small object, `.probe` below the prefix, what every backup will need, and what the endpoint really enforces: it is
 * written once and stays. Uses every right that the store's credentials are to have.
 *
 * @throws `StoreRefused`, not retryable, when the endpoint does not give what it must and the configuration does not allow that
 */
export async function probeBucket(
  bucket: S3Bucket,
  signal: AbortSignal,
): Promise<StoreCapabilities> {
  const { options } = bucket;
  // First, because its answer to a wrong region or bucket says so.
  await lookIntoBucket(bucket, signal);
  const isPutOnce = await tryPut(bucket, signal);
  await readObject(bucket, name, { offset: 0, buffer: Buffer.alloc(1) }, signal);
  const upload = await tryUpload(bucket, signal);
  const createOnly = isPutOnce && upload.isCommittedOnce;
  const { checksumsEnforced, listUploads } = upload;
  if (!createOnly && options.allowOverwriting !== true) {
    throw failure('StoreRefused', {
      observed: `endpoint: ${isPutOnce ? 'a multipart upload' : 'an object'} took a name that was taken, expected If-None-Match to be heeded`,
      where: { store: options.name },
      nextStep:
        'Use a store that heeds If-None-Match, or set allowOverwriting and keep all other writers away from it.',
    });
  }
  if (!checksumsEnforced && options.allowUncheckedParts !== true) {
    throw failure('StoreRefused', {
      observed: 'endpoint: bytes were taken under a wrong SHA-256, expected them refused',
      where: { store: options.name },
      nextStep:
        'Use a store that checks x-amz-checksum-sha256, or set allowUncheckedParts: every stored byte is read back in any case.',
    });
  }
  return {
    createOnly,
    checksumsEnforced,
    // Who did not send a part knows it by its listed checksum alone.
    presignPart: checksumsEnforced && upload.checksumsListed,
    listUploads,
    objectLock: options.objectLock !== undefined,
    leastPartSizeBytes: s3PartLimits.leastBytes,
  };
}

/** Whether a name that is taken is refused; the object is there afterwards, locked as promised if it is new. */
async function tryPut(bucket: S3Bucket, signal: AbortSignal): Promise<boolean> {
  const { options } = bucket;
  const isThere = (await headObject(bucket, name, signal)) !== undefined;
  // Where names are known to be taken over and over, once is enough.
  if (isThere && options.allowOverwriting === true) return false;
  if (isThere) return await isRefused(bucket, signal);
  try {
    assertEncrypted(options, await putObject(bucket, name, content, signal));
  } catch (error) {
    if (!isTaken(error)) throw error;
    return true;
  }
  const head = await headObject(bucket, name, signal);
  if (head !== undefined) assertLocked(options, name, head);
  return options.allowOverwriting === true ? false : await isRefused(bucket, signal);
}

async function isRefused(bucket: S3Bucket, signal: AbortSignal): Promise<boolean> {
  try {
    await putObject(bucket, name, content, signal);
    return false;
  } catch (error) {
    if (isTaken(error)) return true;
    throw error;
  }
}

function isTaken(error: unknown): boolean {
  return s3Refusal(error)?.status === 412 || isRefusal(error, 'ConditionalRequestConflict');
}

/** Reads what the bucket says of itself; each of these is a right of its own. */
async function lookIntoBucket(
  { client, sdk, at, options }: S3Bucket,
  signal: AbortSignal,
): Promise<void> {
  const { Bucket, Key: Prefix } = at('');
  const listing = new sdk.ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 });
  await client.send(listing, { abortSignal: signal });
  if (options.objectLock === undefined) return;
  await askingForLock(options, async () => {
    const asked = new sdk.GetObjectLockConfigurationCommand({ Bucket });
    const answer = await client.send(asked, { abortSignal: signal });
    if (answer.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled') return;
    throw failure('StoreRefused', {
      observed: `object lock of bucket ${Bucket}: not enabled, expected it`,
      where: { store: options.name },
    });
  });
}

interface UploadFindings {
  readonly checksumsEnforced: boolean;
  readonly checksumsListed: boolean;
  readonly isCommittedOnce: boolean;
  readonly listUploads: boolean;
}

/** An upload under the name that is taken: its parts are tried, its commit is to be refused. */
async function tryUpload(bucket: S3Bucket, signal: AbortSignal): Promise<UploadFindings> {
  const uploadId = await createUpload(bucket, name, signal);
  try {
    const uploads = await uploadsOf(bucket, name, signal);
    for (const { UploadId, startedMs } of uploads) {
      if (UploadId !== uploadId && startedMs < Date.now() - abandonedMs) {
        await giveUp(bucket, name, UploadId, signal);
      }
    }
    const checksumsEnforced = !(await isTakenWrong(bucket, uploadId, signal));
    await putPart(bucket, sessionOf(uploadId), partOf(digest), content, { signal });
    const [part] = (await listParts(bucket, sessionOf(uploadId), signal)) ?? [];
    return {
      checksumsEnforced,
      checksumsListed: part?.sha256 === digest,
      isCommittedOnce: await isCommitRefused(bucket, uploadId, part, signal),
      listUploads: uploads.some(({ UploadId }) => UploadId === uploadId),
    };
  } finally {
    // Also when the worker is told to stop: nobody else would remove it soon.
    await giveUp(bucket, name, uploadId, AbortSignal.timeout(10_000));
  }
}

function sessionOf(uploadId: string) {
  const sizeBytes = content.length;
  return { key: name, sizeBytes, partSizeBytes: sizeBytes, uploadId };
}

function partOf(sha256: string): UploadPart {
  return { number: 1, sizeBytes: content.length, sha256 };
}

async function isTakenWrong(
  bucket: S3Bucket,
  uploadId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const options = { signal, payload: digest };
  try {
    await putPart(bucket, sessionOf(uploadId), partOf(otherDigest), content, options);
    return true;
  } catch (error) {
    // Taken, and answered with the checksum of what came.
    if (failureType(error) === 'ChecksumMismatch') return true;
    const status = s3Refusal(error)?.status ?? 0;
    if (status >= 400 && status < 500 && status !== 403) return false;
    throw error;
  }
}

async function isCommitRefused(
  bucket: S3Bucket,
  uploadId: string,
  part: ListedPart | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const { client, sdk, at, options } = bucket;
  if (options.allowOverwriting === true) return false;
  const command = new sdk.CompleteMultipartUploadCommand({
    ...at(name),
    UploadId: uploadId,
    IfNoneMatch: '*',
    MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part?.etag, ChecksumSHA256: part?.sha256 }] },
  });
  try {
    await client.send(command, { abortSignal: signal });
    return false;
  } catch (error) {
    if (isTaken(error)) return true;
    throw error;
  }
}
