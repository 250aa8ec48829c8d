import { z } from 'zod';

import { s3StorageClasses } from '../store/s3-options.ts';
import { azureStoreSchema } from './azure-store-schema.ts';
import type { StoreConfig } from './config.ts';
import {
  bucketName,
  duration,
  endpointUrl,
  keyPrefix,
  keysOf,
  kmsKeyName,
  mapping,
  nonEmpty,
  rcloneVariable,
  recipientName,
  regionName,
  remotePath,
  taskQueueName,
  trueOrFalse,
  variableName,
  workerPath,
} from './fields.ts';
import { areOfOneKind } from './recipients.ts';

const variables = z
  .strictObject(
    {
      accessKeyId: variableName.meta({ description: 'The variable with the access key id.' }),
      secretAccessKey: variableName.meta({
        description: 'The variable with the secret access key.',
      }),
      sessionToken: variableName
        .exactOptional()
        .meta({ description: 'The variable with the session token, for temporary credentials.' }),
    },
    { error: mapping('accessKeyId and secretAccessKey') },
  )
  .meta({ description: 'Names of environment variables of the worker.' });

const credentials = z
  .strictObject(
    {
      variables: variables.exactOptional(),
      file: workerPath.exactOptional().meta({
        description: "A shared credentials file of this store's own, read anew for every request.",
      }),
      profile: nonEmpty.exactOptional().meta({
        description:
          "The section of `file`; without `file`, a profile of the worker's own AWS files, which may say a role.",
      }),
    },
    { error: mapping('variables, or file, or profile') },
  )
  .meta({
    description:
      'Where the worker finds its credentials; without it, the chain of the AWS SDK. Never the credentials themselves.',
    oneOf: [
      { required: ['variables'], not: { required: ['profile'] } },
      { required: ['file'] },
      { required: ['profile'], not: { required: ['file'] } },
    ],
  })
  .transform(({ variables, file, profile }, checked) => {
    if (checked.issues.length > 0) return z.NEVER;
    if (variables !== undefined && file === undefined && profile === undefined)
      return { variables };
    if (file !== undefined && variables === undefined) {
      return { file, ...(profile === undefined ? {} : { profile }) };
    }
    if (profile !== undefined && variables === undefined) return { profile };
    checked.addIssue({
      code: 'custom',
      message: 'either variables, or file (with an optional profile), or profile',
      params: { got: keysOf({ variables, file, profile }) },
    });
    return z.NEVER;
  });

const objectLock = z
  .strictObject(
    {
      mode: z.enum(['governance', 'compliance'], { error: 'governance or compliance' }).meta({
        description:
          'Who may lift the lock: `governance`, who has a right to; `compliance`, nobody at all.',
      }),
      retainFor: duration('1d').meta({
        description: 'How long each object is locked, from the beginning of its upload.',
      }),
    },
    { error: mapping('mode and retainFor') },
  )
  .meta({
    description:
      'Locks every object. The bucket must have been made with Object Lock; one without it is refused.',
  })
  .transform(({ mode, retainFor }) => ({ mode, retainForMs: retainFor }));

const s3 = z
  .strictObject(
    {
      bucket: bucketName.meta({ description: 'The bucket; it must exist.' }),
      region: regionName.meta({
        description: "The bucket's region; for stores of others, what they expect there.",
      }),
      prefix: keyPrefix.exactOptional().meta({
        description: 'Stands before every key, as `prefix/<cluster>/…`.',
      }),
      endpoint: endpointUrl.exactOptional().meta({
        description: "The address of a store that is not Amazon's.",
      }),
      pathStyle: trueOrFalse.exactOptional().meta({
        description:
          'Whether the bucket is named in the path instead of the host; most other stores want it.',
      }),
      caFile: workerPath.exactOptional().meta({
        description:
          "A PEM file with the authorities that the endpoint's certificate is checked against, instead of the usual ones.",
      }),
      credentials: credentials.exactOptional(),
      objectLock: objectLock.exactOptional(),
      kmsKey: kmsKeyName.exactOptional().meta({
        description: 'The KMS key that every object is encrypted with by the store; best its ARN.',
      }),
      storageClass: z
        .enum(s3StorageClasses, { error: s3StorageClasses.join(', ') })
        .exactOptional()
        .meta({
          description:
            "The storage class of the files; small records stay in the bucket's default.",
        }),
      allowUncheckedParts: trueOrFalse.exactOptional().meta({
        description:
          'Whether an endpoint will do that accepts bytes under a wrong checksum; without it, such a one is refused.',
      }),
      allowOverwriting: trueOrFalse.exactOptional().meta({
        description:
          'Whether an endpoint will do that ignores `If-None-Match`; without it, such a one is refused.',
      }),
    },
    { error: mapping('bucket, region and other keys') },
  )
  .meta({ description: 'A bucket of Amazon S3, or of anything that speaks its protocol.' });

const rclone = z
  .strictObject(
    {
      remote: remotePath.meta({
        description:
          "`name:path`: a remote in rclone's configuration and a path there, which must exist; never its settings.",
      }),
      configFile: workerPath.exactOptional().meta({
        description: "rclone's configuration file; without it, the one that rclone looks for.",
      }),
      variables: z
        .array(rcloneVariable, { error: 'a list of names of environment variables' })
        .exactOptional()
        .meta({
          description:
            'Names of environment variables that rclone is to see besides the usual ones, such as those with credentials.',
        }),
    },
    { error: mapping('remote and configFile') },
  )
  .meta({ description: 'A remote of rclone, for whatever is none of the other kinds.' });

/** What stands before the sealed bytes grows with them, and has to fit into the smallest part. */
const mostRecipients = 20;

/** One place where backups live: exactly one kind. */
export const storeSchema: z.ZodType<StoreConfig> = z
  .strictObject(
    {
      directory: workerPath.exactOptional().meta({
        description:
          'A directory on the worker, usually a mount of something outside the cluster; it must exist.',
      }),
      s3: s3.exactOptional(),
      azure: azureStoreSchema.exactOptional(),
      rclone: rclone.exactOptional(),
      compression: z.literal('zstd', { error: 'zstd' }).exactOptional().meta({
        description:
          'Files are compressed on the node, and stored so, where it has `zstd`; elsewhere they are stored as they are, and the run says so.',
      }),
      recipients: z
        .array(recipientName, { error: 'a list of age recipients' })
        .min(1, { error: 'at least one age recipient' })
        .max(mostRecipients, { error: `at most ${mostRecipients} age recipients` })
        .refine(areOfOneKind, {
          error: 'all of them age1… or all of them age1pq1…',
          params: { got: 'both kinds' },
        })
        .exactOptional()
        .meta({
          description:
            'Files are sealed for these on the worker, in the format of age. The keys that open them are needed for no backup.',
        }),
      taskQueue: taskQueueName.exactOptional().meta({
        description:
          "The task queue of the workers that have this store's credentials; without it, the run's own.",
      }),
    },
    { error: mapping('directory, s3, azure or rclone') },
  )
  .meta({ oneOf: ['directory', 's3', 'azure', 'rclone'].map((kind) => ({ required: [kind] })) })
  .transform(({ directory, s3, azure, rclone, ...policy }, checked) => {
    if (checked.issues.length > 0) return z.NEVER;
    const kinds = [
      ...(directory === undefined ? [] : [{ directory }]),
      ...(s3 === undefined ? [] : [{ s3 }]),
      ...(azure === undefined ? [] : [{ azure }]),
      ...(rclone === undefined ? [] : [{ rclone }]),
    ];
    const [only] = kinds;
    if (only !== undefined && kinds.length === 1) return { ...only, ...policy };
    checked.addIssue({
      code: 'custom',
      message: 'either directory, s3, azure or rclone',
      params: { got: keysOf({ directory, s3, azure, rclone }) },
    });
    return z.NEVER;
  });
