import { readFile } from 'node:fs/promises';

import type { TokenCredential } from '@azure/identity';
import type * as blobs from '@azure/storage-blob';

import { failure } from '../contracts/failures.ts';
import type { AzureStoreOptions } from './azure-options.ts';

/** What opens a container: the query of its address, or what signs its requests. */
export interface AzureAccess {
  /** A SAS token, without a question mark. */
  readonly query?: string;
  readonly credential?: blobs.StorageSharedKeyCredential | TokenCredential;
}

/**
 * Reads the store's secret, anew at every call, so that a rotated one counts at once. Without `credentials` the chain of
 * `@azure/identity` brings tokens: environment, workload identity, managed identity, and the tools of a developer.
 *
 * @throws `StoreDenied`, not retryable, when the secret is not there or is none; it names where, never what
 * @throws `StoreUnavailable`, retryable, when it is a SAS token that has expired
 * @see https://learn.microsoft.com/en-us/azure/storage/common/storage-configure-connection-string
 */
export function azureCredentials(
  options: AzureStoreOptions,
): (sdk: typeof blobs) => Promise<AzureAccess> {
  const { credentials } = options;
  if (credentials === undefined) {
    let chain: Promise<TokenCredential> | undefined;
    return async () => {
      chain ??= identityChain(options);
      return { credential: await chain };
    };
  }
  return async (sdk) => {
    const [where, text] =
      'variable' in credentials
        ? [`variable ${credentials.variable}`, process.env[credentials.variable] ?? '']
        : [`credentials file ${credentials.file}`, await read(options, credentials.file)];
    const secret = text.trim();
    if (secret === '') throw missing(options, `${where}: empty or not set, expected a credential`);
    const access = accessOf(sdk, options, secret);
    assertValid(options, where, access?.query);
    if (access !== undefined) return access;
    throw missing(
      options,
      `${where}: holds something else, expected a SAS token, an account key, or a connection string of account ${options.account}`,
    );
  };
}

// A key is 64 bytes; both patterns keep out what could break an address or a header.
const keyPattern = /^[A-Za-z0-9+/]{86}==$/;
const sasPattern = /^\??(?=.*\bsig=)[\w%&=.:+/~-]+$/;

function accessOf(
  sdk: typeof blobs,
  { account }: AzureStoreOptions,
  secret: string,
): AzureAccess | undefined {
  if (keyPattern.test(secret)) {
    return { credential: new sdk.StorageSharedKeyCredential(account, secret) };
  }
  if (sasPattern.test(secret)) return { query: secret.replace(/^\?/, '') };
  const settings = new Map(
    secret.split(';').map((setting) => {
      const [, name = '', value = ''] = /^\s*(\w+)=(.*)$/.exec(setting) ?? [];
      return [name, value];
    }),
  );
  const [key = '', sas = ''] = [settings.get('AccountKey'), settings.get('SharedAccessSignature')];
  if ((settings.get('AccountName') ?? account) !== account) return undefined;
  if (keyPattern.test(key)) return { credential: new sdk.StorageSharedKeyCredential(account, key) };
  return sasPattern.test(sas) ? { query: sas.replace(/^\?/, '') } : undefined;
}

/** Azure answers an expired token as it answers a wrong one; only the latter has to end a run. */
function assertValid({ name }: AzureStoreOptions, where: string, query: string | undefined): void {
  const until = new URLSearchParams(query).get('se');
  if (until === null || !(Date.parse(until) < Date.now())) return;
  throw failure('StoreUnavailable', {
    observed: `${where}: SAS token that expired at ${new Date(until).toISOString()}, expected a valid one`,
    where: { store: name },
    nextStep: "Renew the worker's credentials for the store; a live run goes on by itself then.",
  });
}

async function read(options: AzureStoreOptions, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'not readable';
    throw missing(options, `credentials file ${file}: ${code}, expected to read it`);
  }
}

async function identityChain({ name }: AzureStoreOptions): Promise<TokenCredential> {
  const identity = await import('@azure/identity').catch(() => {
    throw failure('StoreDenied', {
      observed:
        'package @azure/identity: not installed, expected it where no credentials are named',
      where: { store: name },
      nextStep: 'Install @azure/identity beside this package, or name credentials of the store.',
    });
  });
  return new identity.DefaultAzureCredential();
}

function missing({ name }: AzureStoreOptions, observed: string): Error {
  return failure('StoreDenied', {
    observed,
    where: { store: name },
    nextStep: 'Give the worker the credentials that the configuration names, then start again.',
  });
}
