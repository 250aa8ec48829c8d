import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

import type * as commands from '@aws-sdk/client-s3';

import { failure } from '../contracts/failures.ts';
import { keyPattern } from './layout.ts';
import { s3Credentials } from './s3-credentials.ts';
import { nameOperation } from './s3-failures.ts';
import type { S3StoreOptions } from './s3-options.ts';

/** A bucket that can be talked to. */
export interface S3Bucket {
  readonly options: S3StoreOptions;
  readonly client: commands.S3Client;
  /** The SDK's commands. */
  readonly sdk: typeof commands;
  /** The bucket and the name of an object, as commands take them. */
  readonly at: (key: string) => { readonly Bucket: string; readonly Key: string };
  /** The key of an object of that name; `undefined` where it is none of the store's. */
  readonly keyOf: (name: string | undefined) => string | undefined;
}

/** How long a connection may take to be there, and how long it may be silent. */
const connectMs = 10_000;
const silenceMs = 120_000;

/** Tries of one request, the SDK's waits between them included: a few seconds in all. */
const attempts = 4;

/**
 * A bucket, opened at its first use and once: the SDK is loaded then and not before. Opens no connection by itself.
 *
 * @throws `StoreUnavailable`, retryable, when the file with the authorities cannot be read
 */
export function s3Bucket(options: S3StoreOptions): () => Promise<S3Bucket> {
  let opened: Promise<S3Bucket> | undefined;
  return async () => {
    opened ??= open(options);
    try {
      return await opened;
    } catch (error) {
      opened = undefined;
      throw error;
    }
  };
}

async function open(options: S3StoreOptions): Promise<S3Bucket> {
  const { bucket: Bucket, region, endpoint, pathStyle = false, prefix } = options;
  const ca = await s3Authorities(options);
  const sdk = await import('@aws-sdk/client-s3');
  // The usual HTTPS_PROXY, HTTP_PROXY and NO_PROXY; releases of Node before 22.21 and 24.5 pass over them.
  const connections = { keepAlive: true, proxyEnv: process.env };
  const client = new sdk.S3Client({
    region,
    forcePathStyle: pathStyle,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...s3Credentials(options),
    // Our own SHA-256 goes with every part; nothing else is computed, and nothing sent that other stores do not know.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // It would take a new connection for every part, without our authorities.
    expectContinueHeader: false,
    retryMode: 'standard',
    maxAttempts: attempts,
    requestHandler: {
      connectionTimeout: connectMs,
      socketTimeout: silenceMs,
      httpAgent: new HttpAgent(connections),
      httpsAgent: new HttpsAgent({ ...connections, ...(ca === undefined ? {} : { ca }) }),
    },
  });
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) =>
        await next(args).catch((error: unknown) => {
          throw nameOperation(error, commandName);
        }),
    { step: 'initialize', name: 'nameOperation' },
  );
  const before = prefix === undefined ? '' : `${prefix}/`;
  return {
    options,
    client,
    sdk,
    at: (key) => ({ Bucket, Key: `${before}${key}` }),
    keyOf: (name) => {
      if (name?.startsWith(before) !== true) return undefined;
      const key = name.slice(before.length);
      return keyPattern.test(key) ? key : undefined;
    },
  };
}

/**
 * What the endpoint's certificate is checked against, PEM; `undefined` for the usual authorities.
 *
 * @throws `StoreUnavailable`, retryable, when the file cannot be read
 */
export async function s3Authorities({ name, caFile }: S3StoreOptions): Promise<string | undefined> {
  if (caFile === undefined) return undefined;
  try {
    return await readFile(caFile, 'utf8');
  } catch {
    throw failure('StoreUnavailable', {
      observed: `file with the authorities ${caFile}: cannot be read, expected PEM`,
      where: { store: name },
      nextStep: 'Put the file there, or correct caFile; a live run goes on by itself then.',
    });
  }
}
