import { expect, test } from 'vitest';

import type { S3Options } from '../../src/store/s3-options.ts';
import { s3Policy } from '../../src/store/s3-policy.ts';

const bucket: S3Options = { bucket: 'etcd', region: 'eu-central-1', prefix: 'platform' };
const everything: S3Options = {
  ...bucket,
  kmsKey: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd',
  objectLock: { mode: 'governance', retainForMs: 86_400_000 },
};
const actionsOf = (options: S3Options) =>
  s3Policy(options)
    .Statement.flatMap(({ Action }) => Action)
    .sort();

test('a bucket needs to be created in, read, listed, and rid of unfinished uploads', () => {
  expect(s3Policy(bucket)).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'CreateAndReadBackups',
        Effect: 'Allow',
        Action: [
          's3:AbortMultipartUpload',
          's3:GetObject',
          's3:ListMultipartUploadParts',
          's3:PutObject',
        ],
        Resource: 'arn:aws:s3:::etcd/platform/*',
      },
      {
        Sid: 'ListBackups',
        Effect: 'Allow',
        Action: ['s3:ListBucket'],
        Resource: 'arn:aws:s3:::etcd',
        Condition: { StringLikeIfExists: { 's3:prefix': ['platform/*'] } },
      },
      {
        Sid: 'SeeUnfinishedUploadsAndTheLock',
        Effect: 'Allow',
        Action: ['s3:ListBucketMultipartUploads'],
        Resource: 'arn:aws:s3:::etcd',
      },
    ],
  });
});

test('a locked and encrypted bucket needs to be asked for both, and no more', () => {
  expect(actionsOf(everything)).toEqual([
    'kms:Decrypt',
    'kms:GenerateDataKey',
    's3:AbortMultipartUpload',
    's3:GetBucketObjectLockConfiguration',
    's3:GetObject',
    's3:GetObjectRetention',
    's3:ListBucket',
    's3:ListBucketMultipartUploads',
    's3:ListMultipartUploadParts',
    's3:PutObject',
    's3:PutObjectRetention',
  ]);
});

test('no right deletes, lifts a lock, or is wider than the store', () => {
  for (const options of [bucket, everything, { bucket: 'etcd', region: 'eu-central-1' }]) {
    for (const action of actionsOf(options)) {
      expect(action).not.toMatch(/Delete|Bypass|Lifecycle|\*|PutBucket|LegalHold/);
    }
    for (const { Resource } of s3Policy(options).Statement) expect(Resource).not.toBe('*');
  }
});

test.for([
  ['1234abcd', 'eu-central-1', 'arn:aws:kms:eu-central-1:*:key/1234abcd', undefined],
  ['alias/etcd', 'cn-north-1', 'arn:aws-cn:kms:cn-north-1:*:key/*', 'alias/etcd'],
  [
    'arn:aws-us-gov:kms:us-gov-west-1:111122223333:alias/etcd',
    'us-gov-west-1',
    'arn:aws-us-gov:kms:us-gov-west-1:*:key/*',
    'alias/etcd',
  ],
] as const)('the KMS key %s of %s is the only one', ([kmsKey, region, resource, alias]) => {
  const statement = s3Policy({ bucket: 'etcd', region, kmsKey }).Statement.at(-1);
  expect(statement).toMatchObject({ Sid: 'EncryptBackups', Resource: resource });
  expect(statement?.Condition?.['ForAnyValue:StringEquals']).toEqual(
    alias && { 'kms:ResourceAliases': alias },
  );
});
