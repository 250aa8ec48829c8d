import type { HeadObjectCommandOutput, PutObjectCommandInput } from '@aws-sdk/client-s3';

import type { ObjectLock } from '../contracts/files.ts';
import { failure } from '../contracts/failures.ts';
import { isRefusal } from './s3-failures.ts';
import type { S3StoreOptions } from './s3-options.ts';

// What an object of ours says of itself: that it is one, and how long it was to be kept.
const mark = 'temporal-etcd-backup';
const retainUntil = 'temporal-etcd-backup-retain-until';

/**
 * What every new object asks for: our mark, encryption with the KMS key, and Object Lock from now on. For `PutObject` and
 * `CreateMultipartUpload` alike.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export function s3Protection({
  kmsKey,
  objectLock,
}: S3StoreOptions): Pick<
  PutObjectCommandInput,
  | 'BucketKeyEnabled'
  | 'Metadata'
  | 'ObjectLockMode'
  | 'ObjectLockRetainUntilDate'
  | 'SSEKMSKeyId'
  | 'ServerSideEncryption'
> {
  // Stores keep whole seconds.
  const until =
    objectLock && new Date(Math.ceil((Date.now() + objectLock.retainForMs) / 1000) * 1000);
  return {
    Metadata: { [mark]: '1', ...(until && { [retainUntil]: until.toISOString() }) },
    ...(kmsKey !== undefined && {
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: kmsKey,
      BucketKeyEnabled: true,
    }),
    ...(objectLock !== undefined && {
      ObjectLockMode: objectLock.mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE',
      ObjectLockRetainUntilDate: until,
    }),
  };
}

/** Whether an object is one of ours. */
export function isOurs({ Metadata }: Pick<HeadObjectCommandOutput, 'Metadata'>): boolean {
  return Metadata?.[mark] !== undefined;
}

/**
 * Lets only answers through that say what was asked for: encryption with the KMS key.
 *
 * @throws `StoreRefused`, not retryable
 */
export function assertEncrypted(
  { name, kmsKey }: S3StoreOptions,
  answer: Pick<HeadObjectCommandOutput, 'ServerSideEncryption' | 'SSEKMSKeyId'>,
): void {
  if (kmsKey === undefined) return;
  const isArn = kmsKey.includes(':key/');
  const isKey = !isArn || answer.SSEKMSKeyId === kmsKey;
  if (answer.ServerSideEncryption === 'aws:kms' && isKey) return;
  const got = answer.ServerSideEncryption === 'aws:kms' ? 'another key' : 'no KMS key';
  throw failure('StoreRefused', {
    observed: `encryption by the store: with ${got}, expected kmsKey`,
    where: { store: name },
    nextStep: 'Use a store that encrypts with it, or take kmsKey out of the configuration.',
  });
}

type Locked = Pick<
  HeadObjectCommandOutput,
  'Metadata' | 'ObjectLockMode' | 'ObjectLockRetainUntilDate'
>;

/** The lock of an object, where the store says that there is one: without a right to see it, it says nothing. */
export function lockIn(head: Locked): ObjectLock | undefined {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = head;
  if (until === undefined || (mode !== 'COMPLIANCE' && mode !== 'GOVERNANCE')) return undefined;
  return {
    mode: mode === 'COMPLIANCE' ? 'compliance' : 'governance',
    until: until.toISOString(),
  };
}

/**
 * Lets only objects through that are locked as they were to be when their upload began.
 *
 * @throws `StoreRefused`, not retryable
 */
export function assertLocked(
  { name, objectLock }: S3StoreOptions,
  key: string,
  head: Locked,
): void {
  if (objectLock === undefined) return;
  const promised = Date.parse(head.Metadata?.[retainUntil] ?? '');
  const lock = lockIn(head);
  const isMode = lock?.mode === 'compliance' || lock?.mode === objectLock.mode;
  if (lock !== undefined && isMode && Date.parse(lock.until) >= promised) return;
  const got = lock === undefined ? 'none' : `${lock.mode.toUpperCase()} until ${lock.until}`;
  const expected = Number.isNaN(promised) ? '' : ` until ${new Date(promised).toISOString()}`;
  throw failure('StoreRefused', {
    observed: `object lock: ${got}, expected ${objectLock.mode.toUpperCase()}${expected}`,
    where: { store: name, key },
    nextStep:
      'Use a bucket with Object Lock, grant s3:GetObjectRetention to see it, or take objectLock out of the configuration.',
  });
}

/**
 * Does what asks for Object Lock, and says so where the bucket knows none.
 *
 * @throws `StoreRefused`, not retryable
 */
export async function askingForLock<T>(
  { name, bucket, objectLock }: S3StoreOptions,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const unknown = isRefusal(
      error,
      'InvalidRequest',
      'InvalidBucketObjectLockConfiguration',
      'InvalidBucketState',
      'NoSuchObjectLockConfiguration',
      'NotImplemented',
      'ObjectLockConfigurationNotFoundError',
    );
    if (objectLock === undefined || !unknown) throw error;
    throw failure('StoreRefused', {
      observed: `object lock of bucket ${bucket}: refused, expected ${objectLock.mode.toUpperCase()}`,
      where: { store: name },
      nextStep:
        'Use a bucket that was made with Object Lock, or take objectLock out of the configuration.',
    });
  }
}
