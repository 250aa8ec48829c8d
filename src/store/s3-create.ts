import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { PutObjectCommandOutput } from '@aws-sdk/client-s3';

import { nameTaken, objectGone } from './object-failures.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { toBase64 } from './s3-checksum.ts';
import { isRefusal, s3Refusal } from './s3-failures.ts';
import { headObject, readObject } from './s3-objects.ts';
import {
  askingForLock,
  assertEncrypted,
  assertLocked,
  isOurs,
  s3Protection,
} from './s3-protection.ts';

/** Writes a small object unless its name is taken by other bytes, and looks at what is there then. */
export async function createObject(
  bucket: S3Bucket,
  key: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const { options } = bucket;
  if (options.allowOverwriting === true && (await headObject(bucket, key, signal)) !== undefined) {
    return await assertHolds(bucket, key, bytes, signal);
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      assertEncrypted(options, await putObject(bucket, key, bytes, signal));
      return await assertHolds(bucket, key, bytes, signal);
    } catch (error) {
      if (signal.aborted || s3Refusal(error) === undefined) throw error;
      // Taken; or an answer that got lost, after which the object may be there all the same.
      if ((await headObject(bucket, key, signal)) !== undefined) {
        return await assertHolds(bucket, key, bytes, signal);
      }
      if (!isRefusal(error, 'ConditionalRequestConflict') || attempt === 3) throw error;
      await sleep(200 * attempt, undefined, { signal });
    }
  }
}

/** One create-only `PutObject`, as protected as the store's objects are to be. */
export async function putObject(
  { client, sdk, at, options }: S3Bucket,
  key: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<PutObjectCommandOutput> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const command = new sdk.PutObjectCommand({
    ...at(key),
    Body: bytes,
    ContentLength: bytes.length,
    ChecksumSHA256: toBase64(sha256),
    ...(options.allowOverwriting === true ? {} : { IfNoneMatch: '*' }),
    ...s3Protection(options),
  });
  return await askingForLock(options, async () => {
    return await client.send(command, { abortSignal: signal });
  });
}

/** Fails where the object is not there with these bytes, made by us, and protected as promised. */
async function assertHolds(
  bucket: S3Bucket,
  key: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const { options } = bucket;
  const head = await headObject(bucket, key, signal);
  if (head === undefined) throw objectGone(options, key);
  if (head.ContentLength !== bytes.length || !isOurs(head)) throw nameTaken(options, key);
  const stored = Buffer.alloc(bytes.length);
  await readObject(bucket, key, { offset: 0, buffer: stored }, signal);
  if (!stored.equals(bytes)) throw nameTaken(options, key);
  assertLocked(options, key, head);
}
