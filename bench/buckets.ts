import { DeleteObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';

/** The buckets of the bench: each store has one of its own, and so has the person. */
export const buckets = ['plain', 'plain-vault', 'sealed', 'sealed-vault', 'by-hand'] as const;

/** Deletes every object in them. */
export async function emptyBuckets(client: S3Client): Promise<void> {
  for (const Bucket of buckets) {
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
      for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket, Key }));
    }
  }
}
