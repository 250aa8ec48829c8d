import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import {
  ContainerClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';

import { freePort } from '../../src/testing/free-port.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { waitUntil } from '../../src/testing/wait-until.ts';

/** Microsoft's own emulator of Azure Blob Storage on loopback; what is stored is in its memory. */
export interface RunningAzurite {
  /** `http://127.0.0.1:<port>`, or https with `tls`; the account is named in the path. */
  readonly endpoint: string;
  readonly account: string;
  /** A file with the key of the account, which may do everything. */
  readonly keyFile: string;
  /** A client that may do everything in that container. */
  client(container: string): ContainerClient;
  /** A file with a SAS token of that container, with these permissions. */
  sasFile(container: string, permissions: string): Promise<string>;
  /** Makes a container: 3 to 63 of a-z, 0-9 and single minuses. */
  makeContainer(name: string): Promise<void>;
  /** Ends the process and removes its files; safe to repeat. */
  close(): Promise<void>;
}

/** Options of {@link startAzurite}. */
export interface AzuriteOptions {
  /** Certificate and key as files, and the authority that signed it, PEM. With it, tokens of Microsoft Entra are taken, whose signature is not looked at. */
  readonly tls?: {
    readonly certificateFile: string;
    readonly keyFile: string;
    readonly authority: string;
  };
}

const account = 'conformance';
const require = createRequire(import.meta.url);

/**
 * Starts one on a free port and waits until it answers. On Linux it also ends when this process is killed.
 *
 * @throws `Error` with what it wrote last, when it does not answer within 30 seconds
 */
export async function startAzurite({ tls }: AzuriteOptions = {}): Promise<RunningAzurite> {
  const accountKey = randomBytes(64).toString('base64');
  const directory = await temporaryDirectory('azurite');
  const keyFile = join(directory, 'key');
  await writeFile(keyFile, `${accountKey}\n`, { mode: 0o600 });
  const port = await freePort();
  const argv = [
    // The blob service alone.
    require.resolve('azurite/dist/src/blob/main.js'),
    '--inMemoryPersistence',
    '--blobHost=127.0.0.1',
    `--blobPort=${port}`,
    '--disableTelemetry',
    // The SDK asks for a version of the service that is newer than the emulator.
    '--skipApiVersionCheck',
    ...(tls === undefined
      ? []
      : [`--cert=${tls.certificateFile}`, `--key=${tls.keyFile}`, '--oauth=basic']),
  ];
  const server = await start(argv, { AZURITE_ACCOUNTS: `${account}:${accountKey}` });
  const endpoint = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  // The SDK hands an agent on although its types do not name it.
  const connection = {
    keepAliveOptions: { enable: false },
    ...(tls !== undefined && { agent: new Agent({ ca: tls.authority }) }),
  };
  const client = (container: string) =>
    new ContainerClient(
      `${endpoint}/${account}/${container}`,
      new StorageSharedKeyCredential(account, accountKey),
      connection,
    );
  return {
    endpoint,
    account,
    keyFile,
    client,
    sasFile: async (container, permissions) => {
      const token = generateBlobSASQueryParameters(
        {
          containerName: container,
          permissions: ContainerSASPermissions.parse(permissions),
          expiresOn: new Date(Date.now() + 24 * 60 * 60 * 1000),
        },
        new StorageSharedKeyCredential(account, accountKey),
      );
      const file = join(directory, `${container}-${permissions}.sas`);
      await writeFile(file, token.toString(), { mode: 0o600 });
      return file;
    },
    makeContainer: async (name) => void (await client(name).create()),
    close: async () => {
      await server.end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function start(
  argv: readonly string[],
  secrets: Readonly<Record<string, string>>,
): Promise<{ end(): Promise<void> }> {
  const child = spawnBound(argv, secrets);
  const gone = once(child, 'close');
  gone.catch(() => {});
  let words = '';
  let ended: string | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-2000);
    });
  }
  child.on('error', (error) => (ended = error.message));
  child.on('close', (code, signal) => (ended = `ended with ${code ?? signal}: ${words}`));
  const end = async () => {
    child.kill('SIGKILL');
    await gone.catch(() => {});
  };
  try {
    await waitUntil('Azurite', () => {
      if (ended !== undefined) throw new Error(`Azurite did not start: ${ended}`);
      return Promise.resolve(words.includes('successfully listens') ? true : undefined);
    });
    return { end };
  } catch (error) {
    await end();
    throw error;
  }
}

// `setpriv` binds the child's life to ours, so that a killed test leaves no server behind. The secret stays out of argv.
function spawnBound(
  argv: readonly string[],
  secrets: Readonly<Record<string, string>>,
): ChildProcess {
  const options = {
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...secrets },
  };
  return process.platform === 'linux'
    ? spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, ...argv], options)
    : spawn(process.execPath, argv, options);
}
