import type { ListMultipartUploadsCommandOutput, MultipartUpload } from '@aws-sdk/client-s3';

import type { UnfinishedUpload } from './backup-store.ts';
import type { S3Bucket } from './s3-bucket.ts';

/** The unfinished uploads whose key begins with `prefix`, in order of key. */
export async function listUploads(
  bucket: S3Bucket,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly UnfinishedUpload[]> {
  const uploads = await uploadsBelow(bucket, prefix, signal);
  return uploads
    .flatMap(({ Key, UploadId }) => {
      const key = bucket.keyOf(Key);
      return key === undefined || UploadId === undefined ? [] : [{ key, uploadId: UploadId }];
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The unfinished uploads of exactly this name, which may be another than a key. */
export async function uploadsOf(
  bucket: S3Bucket,
  key: string,
  signal: AbortSignal,
): Promise<readonly NamedUpload[]> {
  const { Key: name } = bucket.at(key);
  const uploads = await uploadsBelow(bucket, key, signal);
  return uploads.flatMap(({ Key, UploadId, Initiated }) =>
    Key === name && UploadId !== undefined
      ? [{ UploadId, startedMs: Initiated?.getTime() ?? 0 }]
      : [],
  );
}

/** An unfinished upload by its time. */
export interface NamedUpload {
  readonly UploadId: string;
  readonly startedMs: number;
}

async function uploadsBelow(
  { client, sdk, at }: S3Bucket,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly MultipartUpload[]> {
  const { Bucket, Key: Prefix } = at(prefix);
  const found: MultipartUpload[] = [];
  let from: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (from !== undefined) {
    signal.throwIfAborted();
    const page: ListMultipartUploadsCommandOutput = await client.send(
      new sdk.ListMultipartUploadsCommand({ Bucket, Prefix, ...from }),
      { abortSignal: signal },
    );
    found.push(...(page.Uploads ?? []));
    const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
    from =
      IsTruncated === true && NextKeyMarker !== undefined
        ? {
            KeyMarker: NextKeyMarker,
            ...(NextUploadIdMarker === undefined ? {} : { UploadIdMarker: NextUploadIdMarker }),
          }
        : undefined;
  }
  return found;
}
