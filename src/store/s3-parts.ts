import type { Part } from '@aws-sdk/client-s3';

import { failure } from '../contracts/failures.ts';
import type { UnfinishedUpload, UploadPart, UploadSession } from './backup-store.ts';
import { uploadGone } from './object-failures.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { toBase64, toHex } from './s3-checksum.ts';
import { isRefusal } from './s3-failures.ts';
import { signPayload } from './s3-signed-payload.ts';

/** A part as the bucket lists it. */
export interface ListedPart {
  readonly number: number;
  readonly sizeBytes: number;
  readonly etag: string;
  /** Lower-case hexadecimal; absent where the endpoint does not say it. */
  readonly sha256?: string;
}

/**
 * Stores one part; the endpoint is to refuse other bytes than those of the checksum, which is in the signature. One that may not
 * check it is given the digest as the payload's too, which whoever checks signatures checks: twice would cost the others time.
 */
export async function putPart(
  { client, sdk, at, options }: S3Bucket,
  { key, uploadId }: UploadSession,
  { number, sizeBytes, sha256 }: UploadPart,
  bytes: Uint8Array,
  call: { readonly signal: AbortSignal; readonly payload?: string },
): Promise<{ readonly etag: string }> {
  const command = new sdk.UploadPartCommand({
    ...at(key),
    UploadId: uploadId,
    PartNumber: number,
    Body: bytes,
    ContentLength: sizeBytes,
    ChecksumSHA256: toBase64(sha256),
  });
  const payload = options.allowUncheckedParts === true ? sha256 : 'UNSIGNED-PAYLOAD';
  signPayload(command, call.payload ?? payload);
  const { ETag = '', ChecksumSHA256 } = await client
    .send(command, { abortSignal: call.signal })
    .catch((error: unknown) => {
      throw isRefusal(error, 'NoSuchUpload') ? uploadGone(options, key) : error;
    });
  const stored = toHex(ChecksumSHA256);
  if (stored === undefined || stored === sha256) return { etag: ETag };
  throw failure('ChecksumMismatch', {
    observed: `part ${number}: stored with SHA-256 ${stored}, expected ${sha256}`,
    where: { store: options.name, key },
  });
}

/** The parts of an upload in order of number; `undefined` where the upload was committed or given up. */
export async function listParts(
  { client, sdk, at }: S3Bucket,
  { key, uploadId }: UnfinishedUpload,
  signal: AbortSignal,
): Promise<readonly ListedPart[] | undefined> {
  const found: Part[] = [];
  let PartNumberMarker: string | undefined;
  try {
    do {
      signal.throwIfAborted();
      const page = await client.send(
        new sdk.ListPartsCommand({ ...at(key), UploadId: uploadId, PartNumberMarker }),
        { abortSignal: signal },
      );
      found.push(...(page.Parts ?? []));
      PartNumberMarker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    } while (PartNumberMarker !== undefined);
  } catch (error) {
    if (isRefusal(error, 'NoSuchUpload')) return undefined;
    throw error;
  }
  return found.map(listed).sort((a, b) => a.number - b.number);
}

function listed({ PartNumber = 0, Size = 0, ETag = '', ChecksumSHA256 }: Part): ListedPart {
  const sha256 = toHex(ChecksumSHA256);
  const part = { number: PartNumber, sizeBytes: Size, etag: ETag };
  return sha256 === undefined ? part : { ...part, sha256 };
}
