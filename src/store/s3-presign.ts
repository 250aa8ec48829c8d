import type { PresignedPart, UploadPart, UploadSession } from './backup-store.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { toBase64 } from './s3-checksum.ts';

/**
 * Signs the request that stores one part. Length and SHA-256 are signed headers: left in the query, where the presigner puts
 * them by itself, S3 would ignore the checksum.
 *
 * @see https://github.com/aws/aws-sdk-js-v3/issues/4448
 */
export async function presignPart(
  { client, sdk, at }: S3Bucket,
  { key, uploadId }: UploadSession,
  { number, sizeBytes, sha256 }: UploadPart,
  expiresInSeconds: number,
): Promise<PresignedPart> {
  const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
  const checksum = toBase64(sha256);
  const command = new sdk.UploadPartCommand({
    ...at(key),
    UploadId: uploadId,
    PartNumber: number,
    ContentLength: sizeBytes,
    ChecksumSHA256: checksum,
  });
  const url = await getSignedUrl(client, command, {
    expiresIn: expiresInSeconds,
    unhoistableHeaders: new Set([checksumHeader]),
    signableHeaders: new Set(['host', 'content-length', checksumHeader]),
  });
  return {
    method: 'PUT',
    url,
    headers: { 'content-length': String(sizeBytes), [checksumHeader]: checksum },
  };
}

const checksumHeader = 'x-amz-checksum-sha256';
