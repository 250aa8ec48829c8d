import { z } from 'zod';

import { durationMs, durationPattern } from '../contracts/index.ts';
import { clusterNamePattern } from '../store/layout.ts';
import { byteSize, byteSizePattern } from './byte-size.ts';
import { describeValue } from './describe-value.ts';
import { isRecipient } from './recipients.ts';

// What each kind of field may hold. Every error is what was expected, in words that end a sentence.

export const clusterName: z.ZodString = text(
  clusterNamePattern,
  'a cluster name: up to 63 of a-z, 0-9, dot and minus, with a letter or digit at both ends',
);

export const storeName: z.ZodString = text(
  /^[A-Za-z0-9][\w.-]{0,62}$/,
  'a store name: up to 63 letters, digits, dots, underscores and minuses, a letter or digit first',
);

export const taskQueueName: z.ZodString = text(
  /^[^\s\p{C}]{1,200}$/u,
  'a task queue name: up to 200 characters without spaces',
);

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export const nodeName: z.ZodString = text(
  /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
  "a node's name, as `oc get nodes` prints it",
);

export const namespaceName: z.ZodString = text(
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  'the name of a namespace: up to 63 of a-z, 0-9 and minus',
);

/** A tag may mean another image tomorrow; a digest cannot. */
export const imageByDigest: z.ZodString = text(
  /^[a-zA-Z0-9][\w./:-]*@sha256:[0-9a-f]{64}$/,
  'an image by digest: registry/name@sha256:<64 hexadecimal digits>',
);

/** The path becomes part of commands on the node: letters, digits, dot, underscore and minus cannot mean anything there. */
export const nodeDirectory: z.ZodString = text(
  /^(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$/,
  'an absolute path of letters, digits, dots, underscores and minuses; no segment begins with a dot or minus, no slash at the end',
);

export const workerPath: z.ZodString = text(
  /^[^~\p{C}][^\p{C}]*$/u,
  'a path, absolute or relative to this file; ~ is not expanded',
);

export const nonEmpty: z.ZodString = text(/^[^\p{C}]+$/u, 'text');

/** A time of day on a clock of 24 hours. */
export const timeOfDay: z.ZodString = text(
  /^([01]\d|2[0-3]):[0-5]\d$/,
  'a time such as 01:00 or 23:30',
);

/** @see https://data.iana.org/time-zones/theory.html */
export const timeZone: z.ZodType<string, string> = timeZoneField();

function timeZoneField(): z.ZodType<string, string> {
  const error = 'an IANA time zone such as Europe/Berlin or UTC';
  return z.string({ error }).refine(isTimeZone, { error });
}

function isTimeZone(name: string): boolean {
  try {
    Intl.DateTimeFormat('en', { timeZone: name });
    // An offset such as +02:00 knows no daylight saving: whoever writes one means a place.
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}

/** A host name or address, as an argument of `ssh`: it cannot be taken for an option. */
export const hostName: z.ZodString = text(
  /^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/,
  'a host name or an IP address',
);

/** A user of the node's operating system. */
export const userName: z.ZodString = text(
  /^[a-z_][a-z0-9_-]{0,31}$/,
  'a user name: up to 32 of a-z, 0-9, underscore and minus',
);

export const port: z.ZodInt = z
  .int({ error: 'a port from 1 to 65535' })
  .min(1, { error: 'a port from 1 to 65535' })
  .max(65_535, { error: 'a port from 1 to 65535' });

/** A duration in milliseconds, from `least` to `most`. */
export function duration(least: string, most?: string): z.ZodType<number, string> {
  const range = most === undefined ? `at least ${least}` : `from ${least} to ${most}`;
  const error = `a duration such as 30s, 15m, 24h or 2d, ${range}`;
  const [atLeast = 0, atMost = Number.MAX_SAFE_INTEGER] = [least, most ?? ''].map(durationMs);
  const within = (ms = atLeast): boolean => ms >= atLeast && ms <= atMost;
  return text(durationPattern, error)
    .refine((value) => within(durationMs(value)), { error })
    .transform((value) => durationMs(value) ?? 0);
}

/** A part's size in bytes: whole multiples of 64 KiB, and small enough that a transfer stays within its memory. */
export const partSize: z.ZodType<number, string> = partSizeField();

function partSizeField(): z.ZodType<number, string> {
  const error = 'a size such as 32MiB: a multiple of 64KiB, from 64KiB to 64MiB';
  const [step, most] = [64 * 1024, 64 * 1024 * 1024];
  const fits = (bytes = step): boolean => bytes % step === 0 && bytes <= most;
  return text(byteSizePattern, error)
    .refine((value) => fits(byteSize(value)), { error })
    .transform((value) => byteSize(value) ?? 0);
}

/** Bytes per second. */
export const rate: z.ZodType<number, string> = rateField();

function rateField(): z.ZodType<number, string> {
  const error = 'bytes per second, such as 50MiB: at least 64KiB';
  const fits = (bytes = 0): boolean => bytes >= 64 * 1024;
  return text(byteSizePattern, error)
    .refine((value) => fits(byteSize(value)), { error })
    .transform((value) => byteSize(value) ?? 0);
}

/** Those who can open what is sealed for them. @see https://age-encryption.org/v1 */
export const recipientName: z.ZodString = text(
  /^age1(pq1)?[02-9ac-hj-np-z]{58,2048}$/,
  'an age recipient: age1… or age1pq1…, as age-keygen prints it',
).refine(isRecipient, {
  error: 'a whole age recipient: the checksum at its end does not fit',
});

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const bucketName: z.ZodString = text(
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  "a bucket's name: 3 to 63 of a-z, 0-9, dot and minus, with a letter or digit at both ends",
);

/** @see https://learn.microsoft.com/en-us/azure/storage/common/storage-account-overview#storage-account-name */
export const accountName: z.ZodString = text(
  /^[a-z0-9]{3,24}$/,
  'the name of a storage account: 3 to 24 of a-z and 0-9',
);

/** @see https://learn.microsoft.com/en-us/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata */
export const containerName: z.ZodString = text(
  /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/,
  "a container's name: 3 to 63 of a-z, 0-9 and single minuses, with a letter or digit at both ends",
);

export const regionName: z.ZodString = text(
  /^[a-z0-9-]{1,32}$/,
  'a region such as eu-central-1: up to 32 of a-z, 0-9 and minus',
);

/** What may stand before every key: a key itself. */
export const keyPrefix: z.ZodString = text(
  /^(?=.{1,256}$)[A-Za-z0-9_+-][\w.+-]*(\/[A-Za-z0-9_+-][\w.+-]*)*$/,
  'segments of letters, digits and ._+- parted by slashes, without one at either end; no segment begins with a dot',
);

/** Only a server: paths would be lost, and a name and password would be a secret. */
export const endpointUrl: z.ZodString = text(
  /^https?:\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:\d{1,5})?$/,
  'https://host or https://host:port, without a path, a name or a password',
);

/** @see https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html */
export const kmsKeyName: z.ZodString = text(
  /^[A-Za-z0-9:/_-]{1,256}$/,
  'the ARN, id or alias of a KMS key',
);

export const variableName: z.ZodString = text(
  /^[A-Za-z_]\w{0,127}$/,
  'the name of an environment variable',
);

/**
 * The name of a remote and a path there. Never a connection string such as `:s3,access_key_id=…:bucket`, which would hold
 * secrets, and nothing that rclone could take for an option.
 *
 * @see https://rclone.org/docs/#connection-strings
 */
export const remotePath: z.ZodType<string, string> = remotePathField();

function remotePathField(): z.ZodType<string, string> {
  const error =
    'name:path of a remote in the configuration of rclone, without settings; the path of letters, digits, spaces and ._+@=- between slashes';
  const segment = String.raw`(?!\.{1,2}(/|$))[\w.+@=-]+( [\w.+@=-]+)*`;
  const pattern = new RegExp(
    String.raw`^(?=.{1,512}$)[A-Za-z0-9_][\w.+@-]*:(/?${segment}(/${segment})*|/)?$`,
  );
  return z
    .string({ error })
    .check(({ value, issues }) => {
      if (pattern.test(value)) return;
      const isPlain = /^[\w.+@/-]+:?[\w.+@/ -]*$/.test(value);
      const got = isPlain ? describeValue(value) : 'text that may hold settings';
      issues.push({ code: 'custom', message: error, params: { got }, input: value });
    })
    .meta({ pattern: pattern.source });
}

/** A variable that rclone may see: none of those by which it would change what a command does. */
export const rcloneVariable: z.ZodString = text(
  /^(?!RCLONE_(?!CONFIG_))[A-Za-z_]\w{0,127}$/,
  'the name of an environment variable; of those that begin with RCLONE_, only RCLONE_CONFIG_…',
);

export const trueOrFalse: z.ZodBoolean = z.boolean({ error: 'true or false' });

/** The keys that are there, in words. */
export function keysOf(object: Readonly<Record<string, unknown>>): string {
  const keys = Object.keys(object).filter((key) => object[key] !== undefined);
  return keys.length === 0 ? 'no key' : keys.join(' and ');
}

/** Only for a value that is no mapping at all; unknown keys and the like have words of their own. */
export function mapping(keys: string): (issue: { readonly code?: string }) => string | undefined {
  return ({ code }) => (code === 'invalid_type' ? `a mapping with ${keys}` : undefined);
}

function text(pattern: RegExp, error: string): z.ZodString {
  return z.string({ error }).regex(pattern, { error, abort: true });
}
