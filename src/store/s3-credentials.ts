import { readFile } from 'node:fs/promises';

import type { S3ClientConfig } from '@aws-sdk/client-s3';

import { failure } from '../contracts/failures.ts';
import type { S3StoreOptions } from './s3-options.ts';

/** One set of credentials, as the SDK takes them. */
interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * The part of a client's configuration that brings its credentials. Variables and a file of the store's own are read anew for
 * every request, so that rotated ones count at once; the SDK's own chain reads its files anew for every client.
 *
 * @throws `StoreDenied`, not retryable, at the first request, when they are not there; it names where, never what
 */
export function s3Credentials({ name, credentials }: S3StoreOptions): Pick<
  S3ClientConfig,
  'credentials' | 'profile'
> & {
  readonly ignoreCache?: true;
} {
  if (credentials !== undefined && 'variables' in credentials) {
    const { variables } = credentials;
    return { credentials: async () => unremembered(fromVariables(name, variables)) };
  }
  if (credentials !== undefined && 'file' in credentials) {
    const { file, profile = 'default' } = credentials;
    return { credentials: async () => unremembered(await fromFile(name, file, profile)) };
  }
  // The SDK's chain hands its client's configuration to its readers of files, which otherwise remember them for the process.
  const anew = { ignoreCache: true } as const;
  return credentials === undefined ? anew : { ...anew, profile: credentials.profile };
}

// What has expired already is asked for again by the SDK, each time.
function unremembered(keys: Keys): Keys & { readonly expiration: Date } {
  return { ...keys, expiration: new Date() };
}

function fromVariables(store: string, names: { readonly [Key in keyof Keys]: string }): Keys {
  const value = (name: string): string => {
    const found = process.env[name];
    if (found !== undefined && found !== '') return found;
    throw missing(store, `variable ${name}: not set, expected a credential`);
  };
  const { accessKeyId, secretAccessKey, sessionToken } = names;
  return {
    accessKeyId: value(accessKeyId),
    secretAccessKey: value(secretAccessKey),
    ...(sessionToken === undefined ? {} : { sessionToken: value(sessionToken) }),
  };
}

async function fromFile(store: string, file: string, profile: string): Promise<Keys> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw missing(store, `credentials file ${file}: ${codeOf(error)}, expected to read it`);
  });
  const section = sectionOf(text, profile);
  const accessKeyId = section.get('aws_access_key_id');
  const secretAccessKey = section.get('aws_secret_access_key');
  const sessionToken = section.get('aws_session_token');
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw missing(
      store,
      `credentials file ${file}: no keys under [${profile}], expected aws_access_key_id and aws_secret_access_key`,
    );
  }
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

/** @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
function sectionOf(text: string, profile: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) section = header;
    const [, key = '', value = ''] = /^\s*([a-z_]+)\s*=\s*(\S+)\s*$/.exec(line) ?? [];
    if (section === profile && key !== '') found.set(key, value);
  }
  return found;
}

function missing(store: string, observed: string): Error {
  return failure('StoreDenied', {
    observed,
    where: { store },
    nextStep: 'Give the worker the credentials that the configuration names, then start again.',
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'not readable';
}
