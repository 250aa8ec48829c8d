import type { BackupStore } from './backup-store.ts';
import { assertKey, assertPrefix } from './layout.ts';
import { fromComposite } from './s3-checksum.ts';
import { s3Authorities, s3Bucket } from './s3-bucket.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { commitUpload } from './s3-commit.ts';
import { createObject } from './s3-create.ts';
import { s3BucketUrl } from './s3-endpoint.ts';
import { withS3Failures } from './s3-failures.ts';
import { listUploads } from './s3-list-uploads.ts';
import { headObject, listObjects, readObject } from './s3-objects.ts';
import type { S3StoreOptions } from './s3-options.ts';
import { rememberParts } from './s3-part-memory.ts';
import { listParts, putPart } from './s3-parts.ts';
import { presignPart } from './s3-presign.ts';
import { probeBucket } from './s3-probe.ts';
import { assertLocked, lockIn } from './s3-protection.ts';
import { beginUpload, giveUp } from './s3-uploads.ts';
import { assertBytes, assertPart, assertPartList, assertSizes } from './upload-checks.ts';

/**
 * A store in a bucket of Amazon S3 or of anything that speaks its protocol and keeps its promises, which the capabilities
 * find out. Opens no connection until it is used; never deletes an object. Keys begin with the store's prefix.
 *
 * Nothing is kept in the bucket but backups, unfinished uploads and one object `.probe`.
 */
export function createS3Store(options: S3StoreOptions): BackupStore {
  const { name } = options;
  const open = s3Bucket(options);
  const memory = rememberParts();

  /** One call: keeps the order of its checks and the language of its failures. */
  const inBucket = <T>(
    action: string,
    signal: AbortSignal,
    work: (bucket: S3Bucket) => Promise<T>,
  ): Promise<T> => withS3Failures(options, action, signal, async () => await work(await open()));

  return {
    name,

    capabilities: (signal) => inBucket('proving', signal, (bucket) => probeBucket(bucket, signal)),

    begin: async (upload, signal) => {
      assertKey(upload.key);
      assertSizes(upload);
      return await inBucket(`beginning ${upload.key}`, signal, (bucket) =>
        beginUpload(bucket, upload, signal),
      );
    },

    putPart: async (session, part, bytes, signal) => {
      assertKey(session.key);
      assertPart(session, part);
      // The endpoint refuses other bytes of that length, unless it is one that checks nothing.
      const isChecked = options.allowUncheckedParts !== true && bytes.length === part.sizeBytes;
      if (!isChecked) assertBytes(session, part, bytes);
      await inBucket(`writing part ${part.number} of ${session.key}`, signal, async (bucket) => {
        const { etag } = await putPart(bucket, session, part, bytes, { signal });
        memory.remember(session, part, etag);
      });
    },

    presignPart: async (session, part, { expiresInSeconds, signal }) => {
      assertKey(session.key);
      assertPart(session, part);
      return await inBucket(`signing part ${part.number} of ${session.key}`, signal, (bucket) =>
        presignPart(bucket, session, part, expiresInSeconds),
      );
    },

    directEndpoint: async () => {
      const authorities = await s3Authorities(options);
      return {
        url: s3BucketUrl(options),
        ...(authorities === undefined ? {} : { authorities }),
      };
    },

    listParts: async (session, signal) => {
      assertKey(session.key);
      return await inBucket(`listing parts of ${session.key}`, signal, async (bucket) => {
        const stored = (await listParts(bucket, session, signal)) ?? [];
        return stored.flatMap((part) => {
          const sha256 = part.sha256 ?? memory.digestOf(session, part);
          const { number, sizeBytes } = part;
          return sha256 === undefined ? [] : [{ number, sizeBytes, sha256 }];
        });
      });
    },

    commit: async (session, parts, signal) => {
      assertKey(session.key);
      assertPartList(session, parts);
      await inBucket(`committing ${session.key}`, signal, async (bucket) => {
        const remembered = (part: Parameters<typeof memory.digestOf>[1]) =>
          memory.digestOf(session, part);
        await commitUpload({ bucket, session, parts, signal, remembered });
      });
    },

    abort: async ({ key, uploadId }, signal) => {
      assertKey(key);
      await inBucket(`giving up ${key}`, signal, (bucket) => giveUp(bucket, key, uploadId, signal));
    },

    listUploads: async (prefix, signal) => {
      assertPrefix(prefix);
      return await inBucket('listing uploads', signal, (bucket) =>
        listUploads(bucket, prefix, signal),
      );
    },

    create: async (key, bytes, signal) => {
      assertKey(key);
      await inBucket(`creating ${key}`, signal, (bucket) =>
        createObject(bucket, key, bytes, signal),
      );
    },

    stat: async (key, signal) => {
      assertKey(key);
      return await inBucket(`looking at ${key}`, signal, async (bucket) => {
        const head = await headObject(bucket, key, signal);
        if (head === undefined) return undefined;
        const sha256OfParts = fromComposite(head.ChecksumSHA256);
        return {
          key,
          sizeBytes: head.ContentLength ?? 0,
          ...(sha256OfParts === undefined ? {} : { sha256OfParts }),
        };
      });
    },

    lockOf: async (key, signal) => {
      assertKey(key);
      return await inBucket(`looking at ${key}`, signal, async (bucket) => {
        const head = await headObject(bucket, key, signal);
        if (head === undefined) return undefined;
        assertLocked(options, key, head);
        return lockIn(head);
      });
    },

    read: async (key, offset, buffer, signal) => {
      assertKey(key);
      await inBucket(`reading ${key}`, signal, (bucket) =>
        readObject(bucket, key, { offset, buffer }, signal),
      );
    },

    list: async (prefix, signal) => {
      assertPrefix(prefix);
      return await inBucket('listing', signal, (bucket) => listObjects(bucket, prefix, signal));
    },
  };
}
