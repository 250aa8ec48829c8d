import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';

import type * as blobs from '@azure/storage-blob';

import { failure } from '../contracts/failures.ts';
import { azureCredentials } from './azure-credentials.ts';
import { containerUrl } from './azure-endpoint.ts';
import type { AzureStoreOptions } from './azure-options.ts';
import { keyPattern } from './layout.ts';

/** A container that can be talked to. */
export interface AzureContainer {
  readonly options: AzureStoreOptions;
  readonly client: blobs.ContainerClient;
  /** The blob of a key, or of another name below the store's prefix. */
  readonly blob: (key: string) => blobs.BlockBlobClient;
  /** The name of a blob of that key, or the beginning of one. */
  readonly nameOf: (key: string) => string;
  /** The key of a blob of that name; `undefined` where it is none of the store's. */
  readonly keyOf: (name: string) => string | undefined;
}

/** How long a connection may be silent. */
const silenceMs = 120_000;

/** Tries of one request, the SDK's waits between them included: a few seconds in all. */
const retryOptions = { maxTries: 4, retryDelayInMs: 500, maxRetryDelayInMs: 4000 };

/**
 * Opens a container anew at every call, with the credentials of that moment, over connections that are kept. The SDK is loaded
 * at the first call and not before. Opens no connection by itself.
 *
 * @throws `StoreUnavailable`, retryable, when the file with the authorities cannot be read
 * @throws `StoreDenied`, not retryable, when the credentials are not there
 */
export function azureContainer(options: AzureStoreOptions): () => Promise<AzureContainer> {
  const access = azureCredentials(options);
  const before = options.prefix === undefined ? '' : `${options.prefix}/`;
  let loaded: Promise<Loaded> | undefined;
  return async () => {
    loaded ??= load(options);
    const { sdk, agent } = await loaded.catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    const { query, credential } = await access(sdk);
    const url = containerUrl(options);
    // The SDK hands an agent of ours on although its types do not name it.
    const connection = { retryOptions, agent };
    const client = new sdk.ContainerClient(
      query === undefined ? url : `${url}?${query}`,
      credential ?? new sdk.AnonymousCredential(),
      connection,
    );
    return {
      options,
      client,
      blob: (key) => client.getBlockBlobClient(`${before}${key}`),
      nameOf: (key) => `${before}${key}`,
      keyOf: (name) => {
        if (!name.startsWith(before)) return undefined;
        const key = name.slice(before.length);
        return keyPattern.test(key) ? key : undefined;
      },
    };
  };
}

interface Loaded {
  readonly sdk: typeof blobs;
  readonly agent: HttpAgent;
}

async function load(options: AzureStoreOptions): Promise<Loaded> {
  const ca = await authorities(options);
  const sdk = await import('@azure/storage-blob');
  // The usual HTTPS_PROXY, HTTP_PROXY and NO_PROXY; releases of Node before 22.21 and 24.5 pass over them.
  const connections = { keepAlive: true, timeout: silenceMs, proxyEnv: process.env };
  const agent = containerUrl(options).startsWith('https:')
    ? new HttpsAgent({ ...connections, ...(ca === undefined ? {} : { ca }) })
    : new HttpAgent(connections);
  endSilence(agent);
  return { sdk, agent };
}

/** Breaks connections that are silent for too long; the SDK itself waits for ever. */
function endSilence(agent: HttpAgent): void {
  const connect = agent.createConnection.bind(agent);
  const watched = (socket: Duplex): Duplex =>
    socket.once('timeout', () => {
      socket.destroy(Object.assign(new Error('silent'), { code: 'ETIMEDOUT' }));
    });
  agent.createConnection = (options, done) => {
    const socket = connect(options, (error, made) => {
      // Through a proxy it is made later.
      if (made !== undefined && made !== socket) watched(made);
      done?.(error, made);
    });
    return socket && watched(socket);
  };
}

async function authorities({ name, caFile }: AzureStoreOptions): Promise<string | undefined> {
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
