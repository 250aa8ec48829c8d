import { Readable } from 'node:stream';

import type { GetObjectCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';

import type { StoredObject } from './backup-store.ts';
import { endsEarly, unreadable } from './object-failures.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { isAbsent, s3Refusal } from './s3-failures.ts';

/** What the bucket says of an object, its checksum included; `undefined` where there is none. */
export async function headObject(
  { client, sdk, at }: S3Bucket,
  key: string,
  signal: AbortSignal,
): Promise<HeadObjectCommandOutput | undefined> {
  try {
    const command = new sdk.HeadObjectCommand({ ...at(key), ChecksumMode: 'ENABLED' });
    return await client.send(command, { abortSignal: signal });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** The objects whose key begins with `prefix`, in order of key. */
export async function listObjects(
  { client, sdk, at, keyOf }: S3Bucket,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly StoredObject[]> {
  const { Bucket, Key: Prefix } = at(prefix);
  const found: StoredObject[] = [];
  let ContinuationToken: string | undefined;
  do {
    signal.throwIfAborted();
    const page = await client.send(
      new sdk.ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }),
      { abortSignal: signal },
    );
    for (const { Key, Size = 0 } of page.Contents ?? []) {
      const key = keyOf(Key);
      if (key !== undefined) found.push({ key, sizeBytes: Size });
    }
    ContinuationToken = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (ContinuationToken !== undefined);
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** How often a body that breaks off is asked for again, from where it broke off. */
const readAttempts = 4;

/** Fills `buffer` from the object at a key, or fails. */
export async function readObject(
  bucket: S3Bucket,
  key: string,
  { offset, buffer }: { readonly offset: number; readonly buffer: Uint8Array },
  signal: AbortSignal,
): Promise<void> {
  if (buffer.length === 0) {
    if ((await headObject(bucket, key, signal)) === undefined)
      throw unreadable(bucket.options, key, 'not there');
    return;
  }
  let done = 0;
  for (let attempt = 1; done < buffer.length; attempt += 1) {
    const answer = await getRange(bucket, key, offset + done, buffer.length - done, signal);
    try {
      for await (const chunk of bodyOf(answer)) {
        if (done + chunk.length > buffer.length)
          throw unreadable(bucket.options, key, 'more bytes came than were asked for');
        buffer.set(chunk, done);
        done += chunk.length;
      }
      if (done < buffer.length)
        throw endsEarly(bucket.options, key, offset + done, offset + buffer.length);
    } catch (error) {
      if (s3Refusal(error) === undefined || attempt === readAttempts) throw error;
    }
  }
}

async function getRange(
  bucket: S3Bucket,
  key: string,
  offset: number,
  length: number,
  signal: AbortSignal,
): Promise<GetObjectCommandOutput> {
  const { client, sdk, at } = bucket;
  const last = offset + length - 1;
  try {
    const answer = await client.send(
      new sdk.GetObjectCommand({ ...at(key), Range: `bytes=${offset}-${last}` }),
      { abortSignal: signal },
    );
    // Without a range of its own the answer is the whole object, from its beginning.
    if (answer.ContentRange?.startsWith(`bytes ${offset}-`) === true) return answer;
    if (answer.ContentRange === undefined && offset === 0) return answer;
    bodyOf(answer).destroy();
  } catch (error) {
    if (isAbsent(error)) throw unreadable(bucket.options, key, 'not there');
    if (s3Refusal(error)?.status === 416) throw endsEarly(bucket.options, key, offset, last + 1);
    throw error;
  }
  const range = `bytes ${offset} to ${last}`;
  throw unreadable(bucket.options, key, `another range of it came, expected ${range}`);
}

function bodyOf({ Body }: GetObjectCommandOutput): Readable {
  return Body instanceof Readable ? Body : Readable.from([]);
}
