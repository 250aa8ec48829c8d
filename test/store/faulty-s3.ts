import { FakeBucket, refusal, succeeded } from './fake-bucket.ts';
import type { BucketHabits, S3Operation } from './fake-bucket.ts';
import { startFaultyServer } from './faulty-server.ts';
import type { FaultyServer } from './faulty-server.ts';

/** An S3 server of one bucket, `backups`, that fails on request. */
export interface FaultyS3 extends FaultyServer<S3Operation> {
  readonly bucket: FakeBucket;
}

/** Starts one on loopback; without faults it is as strict as S3, but for its habits. */
export async function startFaultyS3(habits: BucketHabits = {}): Promise<FaultyS3> {
  const bucket = new FakeBucket(habits);
  const server = await startFaultyServer({
    root: '/backups',
    elsewhere: refusal(404, 'NoSuchBucket'),
    succeeded: succeeded(),
    operationOf,
    refusal,
    answer: (request) => bucket.answer(request),
  });
  return { ...server, bucket };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html */
function operationOf(method: string, query: URLSearchParams, key: string): S3Operation | undefined {
  const found: Readonly<Record<string, S3Operation>> = query.has('uploadId')
    ? {
        PUT: 'UploadPart',
        GET: 'ListParts',
        POST: 'CompleteMultipartUpload',
        DELETE: 'AbortMultipartUpload',
      }
    : key === ''
      ? {
          HEAD: 'HeadBucket',
          GET: query.has('uploads')
            ? 'ListMultipartUploads'
            : query.has('object-lock')
              ? 'GetObjectLockConfiguration'
              : 'ListObjectsV2',
        }
      : {
          PUT: 'PutObject',
          POST: 'CreateMultipartUpload',
          GET: 'GetObject',
          HEAD: 'HeadObject',
        };
  return found[method];
}
