import { failure } from '../contracts/failures.ts';
import type { UploadSession } from './backup-store.ts';
import { partCount, partRange } from './layout.ts';
import type { PartGeometry } from './layout.ts';
import { nameTaken } from './object-failures.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { isRefusal } from './s3-failures.ts';
import { uploadsOf } from './s3-list-uploads.ts';
import type { NamedUpload } from './s3-list-uploads.ts';
import { headObject } from './s3-objects.ts';
import { listParts } from './s3-parts.ts';
import type { ListedPart } from './s3-parts.ts';
import { askingForLock, assertEncrypted, s3Protection } from './s3-protection.ts';

/**
 * The rules of S3 for parts: at least 5 MiB but the last, at most 5 GiB, at most 10,000 of them.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */
export const s3PartLimits = {
  leastBytes: 5 * 1024 ** 2,
  mostBytes: 5 * 1024 ** 3,
  mostParts: 10_000,
} as const;

/** Begins an upload, or finds the unfinished one of the same cut. */
export async function beginUpload(
  bucket: S3Bucket,
  upload: Omit<UploadSession, 'uploadId'>,
  signal: AbortSignal,
): Promise<UploadSession> {
  const { key, sizeBytes, partSizeBytes } = upload;
  assertCut(bucket, upload);
  const there = await uploadsOf(bucket, key, signal);
  if ((await headObject(bucket, key, signal)) !== undefined) {
    for (const { UploadId } of there) await giveUp(bucket, key, UploadId, signal);
    throw nameTaken(bucket.options, key);
  }
  let uploadId = await keepOne(bucket, upload, there, signal);
  if (uploadId === undefined) {
    const created = await createUpload(bucket, key, signal);
    // Another worker may have begun one at this moment: both see the same two and keep the same one.
    const all = await uploadsOf(bucket, key, signal);
    uploadId = (await keepOne(bucket, upload, all, signal)) ?? created;
  }
  return { key, sizeBytes, partSizeBytes, uploadId };
}

/** Makes an upload whose object will be as protected as the store's objects are to be. */
export async function createUpload(
  bucket: S3Bucket,
  key: string,
  signal: AbortSignal,
): Promise<string> {
  const { client, sdk, at, options } = bucket;
  const command = new sdk.CreateMultipartUploadCommand({
    ...at(key),
    ChecksumAlgorithm: 'SHA256',
    ChecksumType: 'COMPOSITE',
    StorageClass: options.storageClass,
    ...s3Protection(options),
  });
  const created = await askingForLock(options, async () => {
    return await client.send(command, { abortSignal: signal });
  });
  const { UploadId: uploadId } = created;
  if (uploadId === undefined) {
    throw failure('StoreUnavailable', {
      observed: 'upload: the store gave it no id',
      where: { store: options.name, key },
    });
  }
  try {
    assertEncrypted(options, created);
  } catch (error) {
    await giveUp(bucket, key, uploadId, signal);
    throw error;
  }
  return uploadId;
}

/** Gives an upload up. A part that was on its way may have come after: then again, until nothing is left. */
export async function giveUp(
  bucket: S3Bucket,
  key: string,
  uploadId: string,
  signal: AbortSignal,
): Promise<void> {
  const { client, sdk, at } = bucket;
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    try {
      const command = new sdk.AbortMultipartUploadCommand({ ...at(key), UploadId: uploadId });
      await client.send(command, { abortSignal: signal });
    } catch (error) {
      if (!isRefusal(error, 'NoSuchUpload')) throw error;
    }
    const left = await listParts(bucket, { key, uploadId }, signal);
    if (left === undefined || left.length === 0) return;
  }
}

/** Keeps the upload that got furthest of those that fit, and gives the others up. */
async function keepOne(
  bucket: S3Bucket,
  upload: PartGeometry & { readonly key: string },
  there: readonly NamedUpload[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const fitting: (NamedUpload & { readonly parts: number })[] = [];
  for (const each of there) {
    const parts = await listParts(bucket, { key: upload.key, uploadId: each.UploadId }, signal);
    if (parts !== undefined && parts.every((part) => fits(upload, part))) {
      fitting.push({ ...each, parts: parts.length });
    }
  }
  const [best] = fitting.sort(
    (a, b) => b.parts - a.parts || a.startedMs - b.startedMs || (a.UploadId < b.UploadId ? -1 : 1),
  );
  for (const { UploadId } of there) {
    if (UploadId !== best?.UploadId) await giveUp(bucket, upload.key, UploadId, signal);
  }
  return best?.UploadId;
}

// What an upload was cut into is nowhere written but in the sizes of its parts.
function fits(geometry: PartGeometry, { number, sizeBytes }: ListedPart): boolean {
  return number <= partCount(geometry) && partRange(geometry, number).sizeBytes === sizeBytes;
}

function assertCut({ options }: S3Bucket, upload: PartGeometry & { readonly key: string }): void {
  const { leastBytes, mostBytes, mostParts } = s3PartLimits;
  const { sizeBytes, partSizeBytes } = upload;
  const count = partCount(upload);
  const isCut = count === 1 || (partSizeBytes >= leastBytes && count <= mostParts);
  if (isCut && Math.min(partSizeBytes, sizeBytes) <= mostBytes) return;
  throw failure('StoreRefused', {
    observed: `upload of ${sizeBytes} bytes: ${count} parts of ${partSizeBytes} bytes, expected parts of 5 MiB to 5 GiB and at most ${mostParts}`,
    where: { store: options.name, key: upload.key },
    nextStep: 'Set partSize of the cluster to 5MiB or more, and to more for a larger database.',
  });
}
