import { failureType } from '../contracts/failures.ts';
import { refusedCall, translatingFailures } from './call-failures.ts';
import type { FailureKind, Refusal } from './call-failures.ts';
import { at, numberAt, textAt } from './error-fields.ts';
import { authorityStep, isUnknownAuthority, networkCode } from './network-code.ts';
import { beginsAgain } from './object-failures.ts';
import type { S3StoreOptions } from './s3-options.ts';

/** What an endpoint, or the way to it, said instead of doing what it was asked. */
export interface S3Refusal extends Refusal {
  /** The region that the bucket is in, where the answer says so. */
  readonly region?: string;
}

/** What an error of the SDK says; `undefined` for errors that are none of S3's and none of the network's. */
export function s3Refusal(error: unknown): S3Refusal | undefined {
  if (!(error instanceof Error) || failureType(error) !== undefined) return undefined;
  const answer = answerOf(error);
  const own = networkCode(error);
  const isOwn = own !== undefined || named.has(error.name);
  if (answer.status === undefined && !isOwn) return undefined;
  // An answer that is not XML has no code.
  const said = textAt(error, 'Code', /^[A-Z][\w.]{2,63}$/);
  const name = textAt(error, 'name', /^[A-Z][\w.]{2,63}$/);
  const isNamed = name !== undefined && !['Error', 'SyntaxError', 'TypeError'].includes(name);
  return { code: said ?? own ?? (isNamed ? name : 'Unknown'), ...answer };
}

/** What the SDK itself throws without an answer. */
const named: ReadonlySet<string> = new Set(['CredentialsProviderError', 'TimeoutError']);

const operations = new WeakMap<Error, string>();

/** Notes which operation an error is of; the error itself does not say. */
export function nameOperation(error: unknown, commandName: string | undefined): unknown {
  if (error instanceof Error && commandName !== undefined) {
    operations.set(error, commandName.replace(/Command$/, ''));
  }
  return error;
}

/** Whether an error is an answer of one of these codes. */
export function isRefusal(error: unknown, ...codes: readonly string[]): boolean {
  const code = s3Refusal(error)?.code;
  return code !== undefined && codes.includes(code);
}

/** Whether an error says that there is no such object. An answer to HEAD has a status and no code. */
export function isAbsent(error: unknown): boolean {
  const refusal = s3Refusal(error);
  return refusal?.status === 404 && ['NoSuchKey', 'NotFound', 'Unknown'].includes(refusal.code);
}

/**
 * Runs calls of the SDK and turns what they throw into failures of the catalogue; failures of ours and the reason of an
 * aborted signal go through as they are. Nothing that the endpoint wrote is repeated but its code.
 */
export async function withS3Failures<T>(
  options: S3StoreOptions,
  action: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const { name, bucket } = options;
  return await translatingFailures(signal, work, (error) => {
    const refusal = s3Refusal(error);
    return refusal && refusedCall(name, `${action} in bucket ${bucket}`, refusal, kindOf(refusal));
  });
}

const space = 'Free space in the store or raise its quota; a live run goes on by itself.';
const unable = 'Compare the configuration of the store with what its endpoint can do.';
const region = 'Set region and endpoint of the store to those of the bucket.';
const noLock =
  'Use a bucket that was made with Object Lock, or take objectLock out of the configuration.';
const kmsKey =
  'Enable the KMS key, and grant kms:GenerateDataKey and kms:Decrypt on it to the credentials.';

// What a status alone does not say. Time heals the retryable ones, without a new run.
const kinds: Readonly<Record<string, FailureKind>> = {
  RequestTimeTooSkewed: {
    type: 'StoreUnavailable',
    nextStep:
      "Set the worker's clock: it is more than 15 minutes off the store's. A live run goes on by itself then.",
  },
  ExpiredToken: {
    type: 'StoreUnavailable',
    nextStep: "Renew the worker's credentials for the store; a live run goes on by itself then.",
  },
  TokenRefreshRequired: {
    type: 'StoreUnavailable',
    nextStep: "Renew the worker's credentials for the store; a live run goes on by itself then.",
  },
  CredentialsProviderError: {
    type: 'StoreDenied',
    nextStep: 'Give the worker credentials for the store, then start again.',
  },
  NoSuchBucket: {
    type: 'StoreUnavailable',
    nextStep: 'Make the bucket, or correct its name; a live run goes on by itself then.',
  },
  InsufficientStorage: { type: 'StoreUnavailable', nextStep: space },
  QuotaExceeded: { type: 'StoreUnavailable', nextStep: space },
  NoSuchUpload: {
    type: 'StoreUnavailable',
    nextStep: beginsAgain,
  },
  BadDigest: { type: 'ChecksumMismatch' },
  InvalidDigest: { type: 'ChecksumMismatch' },
  InvalidPart: { type: 'ChecksumMismatch' },
  XAmzContentChecksumMismatch: { type: 'ChecksumMismatch' },
  XAmzContentSHA256Mismatch: { type: 'ChecksumMismatch' },
  IncompleteBody: { type: 'StoreUnavailable' },
  RequestTimeout: { type: 'StoreUnavailable' },
  PermanentRedirect: { type: 'StoreRefused', nextStep: region },
  AuthorizationHeaderMalformed: { type: 'StoreRefused', nextStep: region },
  IllegalLocationConstraintException: { type: 'StoreRefused', nextStep: region },
  ObjectLockConfigurationNotFoundError: { type: 'StoreRefused', nextStep: noLock },
  InvalidStorageClass: {
    type: 'StoreRefused',
    nextStep: 'Set a storage class that the store has.',
  },
};

function kindOf({ code, status = 0, region: found }: S3Refusal): FailureKind {
  const isElsewhere = status < 400 || code === 'AuthorizationHeaderMalformed';
  if (found !== undefined && isElsewhere) {
    return { type: 'StoreRefused', nextStep: `Set the region of the store to ${found}.` };
  }
  if (Object.hasOwn(kinds, code)) return kinds[code] ?? { type: 'StoreUnavailable' };
  if (isUnknownAuthority(code)) return { type: 'StoreUnavailable', nextStep: authorityStep };
  if (code.startsWith('KMS.')) return { type: 'StoreDenied', nextStep: kmsKey };
  if (status === 401 || status === 403) return { type: 'StoreDenied' };
  if (status >= 300 && status < 400) return { type: 'StoreRefused', nextStep: region };
  // Another operation on the same name, too many of them, or too slow a one.
  if (status === 404 || status === 408 || status === 409 || status === 429) {
    return { type: 'StoreUnavailable' };
  }
  if (status === 501 || (status >= 400 && status < 500)) {
    return { type: 'StoreRefused', nextStep: unable };
  }
  return { type: 'StoreUnavailable' };
}

function answerOf(error: Error): Omit<S3Refusal, 'code'> {
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  const response = '$response' in error ? error.$response : undefined;
  const status = numberAt(metadata, 'httpStatusCode') ?? numberAt(response, 'statusCode');
  const requestId = textAt(metadata, 'requestId', /^[\w-]{1,64}$/);
  const region = textAt(at(response, 'headers'), 'x-amz-bucket-region', /^[a-z0-9-]{1,32}$/);
  const operation = operations.get(error);
  return {
    ...(operation === undefined ? {} : { operation }),
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(region === undefined ? {} : { region }),
  };
}
