import type { S3Options } from './s3-options.ts';

/** One statement of an IAM policy. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string;
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

/** An IAM policy, ready to be printed as JSON. */
export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

/**
 * Exactly the rights that the credentials of a bucket need: create, read, list and give up unfinished uploads. Nothing that deletes
 * an object, lifts a lock or changes the bucket is among them. Pure.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_s3.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
 */
export function s3Policy(options: S3Options): Policy {
  const { bucket, prefix, objectLock } = options;
  const bucketArn = `arn:${partitionOf(options)}:s3:::${bucket}`;
  const below = prefix === undefined ? '*' : `${prefix}/*`;
  const lock = objectLock !== undefined;
  return {
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
          ...(lock ? ['s3:GetObjectRetention', 's3:PutObjectRetention'] : []),
        ],
        Resource: `${bucketArn}/${below}`,
      },
      {
        Sid: 'ListBackups',
        Effect: 'Allow',
        Action: ['s3:ListBucket'],
        Resource: bucketArn,
        // A look at one object has no prefix, and says 403 instead of 404 without this right.
        ...(prefix === undefined
          ? {}
          : { Condition: { StringLikeIfExists: { 's3:prefix': [`${prefix}/*`] } } }),
      },
      {
        Sid: 'SeeUnfinishedUploadsAndTheLock',
        Effect: 'Allow',
        Action: [
          ...(lock ? ['s3:GetBucketObjectLockConfiguration'] : []),
          's3:ListBucketMultipartUploads',
        ],
        Resource: bucketArn,
      },
      ...keyStatement(options),
    ],
  };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html */
function keyStatement(options: S3Options): readonly PolicyStatement[] {
  const { kmsKey, region } = options;
  if (kmsKey === undefined) return [];
  const isArn = kmsKey.startsWith('arn:');
  const isAlias = /(^|:)alias\//.test(kmsKey);
  const id = isAlias ? '*' : kmsKey;
  const own = `arn:${partitionOf(options)}:kms:${region}:*:key/${id}`;
  const alias = kmsKey.slice(Math.max(0, kmsKey.indexOf('alias/')));
  return [
    {
      Sid: 'EncryptBackups',
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: isArn && !isAlias ? kmsKey : own,
      Condition: {
        StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com${inChina(region)}` },
        ...(isAlias ? { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias } } : {}),
      },
    },
  ];
}

function partitionOf({ region }: S3Options): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

function inChina(region: string): string {
  return region.startsWith('cn-') ? '.cn' : '';
}
