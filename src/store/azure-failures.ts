import { failureType } from '../contracts/failures.ts';
import type { AzureStoreOptions } from './azure-options.ts';
import { refusedCall, translatingFailures } from './call-failures.ts';
import type { FailureKind, Refusal } from './call-failures.ts';
import { at, numberAt, textAt } from './error-fields.ts';
import { authorityStep, isUnknownAuthority, networkCode } from './network-code.ts';
import { beginsAgain } from './object-failures.ts';

/** What an error of the SDK says; `undefined` for errors that are none of Azure's and none of the network's. */
export function azureRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || failureType(error) !== undefined) return undefined;
  const response = at(error, 'response');
  const status = numberAt(error, 'statusCode') ?? numberAt(response, 'status');
  const own = networkCode(error) ?? namesOf[error.name];
  // Without an answer the SDK has names of its own for some of what the network does.
  const isSdk = error.name === 'RestError';
  if (status === undefined && own === undefined && !isSdk) return undefined;
  const said =
    textAt(headersOf(response), 'x-ms-error-code', codePattern) ??
    textAt(error, 'code', codePattern);
  const requestId = textAt(headersOf(response), 'x-ms-request-id', /^[\w-]{1,64}$/);
  const operation = operationOf(at(error, 'request'));
  return {
    code: own ?? said ?? 'Unknown',
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(operation === undefined ? {} : { operation }),
  };
}

const codePattern = /^[A-Z]\w{2,63}$/;

/** What is thrown without a code, by its name. */
const namesOf: Readonly<Record<string, string>> = {
  // The SDK says so of an answer that breaks off, too; when it is the signal's doing, nobody asks.
  AbortError: 'ECONNRESET',
  // What `@azure/identity` throws when it has no token.
  AggregateAuthenticationError: 'CredentialUnavailable',
  AuthenticationError: 'CredentialUnavailable',
  AuthenticationRequiredError: 'CredentialUnavailable',
  ChainedTokenCredentialError: 'CredentialUnavailable',
  CredentialUnavailableError: 'CredentialUnavailable',
};

/** Whether an error is an answer of one of these codes. */
export function isRefusal(error: unknown, ...codes: readonly string[]): boolean {
  const code = azureRefusal(error)?.code;
  return code !== undefined && codes.includes(code);
}

/** Whether an error says that there is no such blob. */
export function isAbsent(error: unknown): boolean {
  const refusal = azureRefusal(error);
  return refusal?.status === 404 && ['BlobNotFound', 'Unknown'].includes(refusal.code);
}

const taken: ReadonlySet<string> = new Set(['BlobAlreadyExists', 'BlobImmutableDueToPolicy']);

/** Whether an error says that a name is taken that was to be new. */
export function isTaken(error: unknown): boolean {
  const refusal = azureRefusal(error);
  return refusal?.status === 412 || taken.has(refusal?.code ?? '');
}

/**
 * Runs calls of the SDK and turns what they throw into failures of the catalogue; failures of ours and the reason of an
 * aborted signal go through as they are. Nothing that the account wrote is repeated but its code.
 */
export async function withAzureFailures<T>(
  options: AzureStoreOptions,
  action: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const { name, container } = options;
  const where = `in container ${container}`;
  return await translatingFailures(signal, work, (error) => {
    const refusal = azureRefusal(error);
    return refusal && refusedCall(name, `${action} ${where}`, refusal, kindOf(refusal));
  });
}

const unable = 'Compare the configuration of the store with what its account can do.';
const secret =
  "Look at the store's secret: it is wrong, expired, or the worker's clock is more than 15 minutes off.";
const identity = 'Give the worker an identity or credentials for the store, then start again.';
const foreign =
  'Find out what else uploads to that name; its blocks are gone a week after the last of them.';

/**
 * What a status alone does not say. Time heals the retryable ones, without a new run.
 *
 * @see https://learn.microsoft.com/en-us/rest/api/storageservices/blob-service-error-codes
 */
const kinds: Readonly<Record<string, FailureKind>> = {
  AccountIsDisabled: { type: 'StoreUnavailable' },
  AuthenticationFailed: { type: 'StoreDenied', nextStep: secret },
  // Of a part that comes when another attempt has committed.
  BlobImmutableDueToPolicy: { type: 'StoreUnavailable', nextStep: beginsAgain },
  BlockCountExceedsLimit: { type: 'StoreRefused', nextStep: foreign },
  ContainerNotFound: {
    type: 'StoreUnavailable',
    nextStep: 'Make the container, or correct its name; a live run goes on by itself then.',
  },
  CredentialUnavailable: { type: 'StoreDenied', nextStep: identity },
  InvalidBlobOrBlock: { type: 'StoreRefused', nextStep: foreign },
  InvalidBlockList: { type: 'ChecksumMismatch' },
  KeyBasedAuthenticationNotPermitted: {
    type: 'StoreDenied',
    nextStep: 'Use a SAS token that an identity signed, or an identity: the account takes no keys.',
  },
  Md5Mismatch: { type: 'ChecksumMismatch' },
};

function kindOf({ code, status = 0 }: Refusal): FailureKind {
  if (Object.hasOwn(kinds, code)) return kinds[code] ?? { type: 'StoreUnavailable' };
  if (isUnknownAuthority(code)) return { type: 'StoreUnavailable', nextStep: authorityStep };
  if (status === 401 || status === 403) return { type: 'StoreDenied' };
  if (status === 404) return { type: 'StoreUnavailable', nextStep: beginsAgain };
  // Another operation on the same name, too many of them, or too slow a one.
  if (status === 408 || status === 409 || status === 429) return { type: 'StoreUnavailable' };
  if ((status >= 300 && status < 500) || status === 501) {
    return { type: 'StoreRefused', nextStep: unable };
  }
  return { type: 'StoreUnavailable' };
}

/** The operation's name by the query that marks it; the address itself may hold a SAS token. */
function operationOf(request: unknown): string | undefined {
  const url = at(request, 'url');
  if (typeof url !== 'string' || !URL.canParse(url)) return undefined;
  const { searchParams } = new URL(url);
  const comp = searchParams.get('comp') ?? '';
  return operations[`${textAt(request, 'method', /^[A-Z]+$/) ?? ''} ${comp}`.trim()];
}

const operations: Readonly<Record<string, string>> = {
  GET: 'Get Blob',
  'GET blocklist': 'Get Block List',
  'GET list': 'List Blobs',
  HEAD: 'Get Blob Properties',
  PUT: 'Put Blob',
  'PUT block': 'Put Block',
  'PUT blocklist': 'Put Block List',
};

function headersOf(response: unknown): unknown {
  const headers = at(response, 'headers');
  const toJson = at(headers, 'toJSON');
  return typeof toJson === 'function' ? toJson.call(headers) : headers;
}
