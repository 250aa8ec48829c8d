import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';

import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { execa } from 'execa';

import { freePort } from '../../src/testing/free-port.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { waitUntil } from '../../src/testing/wait-until.ts';
import { toolPath } from '../../tools/paths.mjs';

/** A real S3 server on loopback. */
export interface RunningVersitygw {
  /** `http://<address>:<port>`, or https with `tls`. */
  readonly endpoint: string;
  readonly region: string;
  /** A shared credentials file of its root user. */
  readonly credentialsFile: string;
  /** A client of its root user, which may do everything. */
  readonly client: S3Client;
  /** Makes a bucket, with Object Lock if asked to; lower-case letters, digits and minuses. */
  makeBucket(name: string, options?: { readonly objectLock?: boolean }): Promise<void>;
  /** Makes a user without any right; returns a shared credentials file of theirs. */
  addUser(name: string): Promise<string>;
  /** SIGKILL and a new start on the same port and files. */
  restart(): Promise<void>;
  /** Ends the process and removes its data; safe to repeat. */
  close(): Promise<void>;
}

/** Options of {@link startVersitygw}. */
export interface VersitygwOptions {
  /** Where its data is to be; it makes a directory of its own there. @default the system's temporary directory */
  readonly directory?: string;
  /** The address of this machine it listens on. @default 127.0.0.1 */
  readonly address?: string;
  /** Certificate and key as files, and the authority that signed it, PEM. */
  readonly tls?: {
    readonly certificateFile: string;
    readonly keyFile: string;
    readonly authority: string;
  };
  /**
   * How many requests it works on at once. Its conditional writes look first and write later: only one at a time heeds
   * `If-None-Match` when two come together. @default 1
   */
  readonly concurrency?: number;
}

const keys = { accessKeyId: 'conformance', secretAccessKey: 'not-a-secret-of-anybody' };
const region = 'us-east-1';

/**
 * Starts versitygw on a free port of loopback and waits until it answers. On Linux it also ends when this process is killed.
 *
 * @throws `Error` with what it wrote last, when it does not answer within 30 seconds
 */
export async function startVersitygw(options: VersitygwOptions = {}): Promise<RunningVersitygw> {
  const directory = options.directory ?? (await temporaryDirectory('versitygw'));
  const data = join(directory, 'data');
  const { tls, concurrency = 1, address = '127.0.0.1' } = options;
  const port = await freePort();
  const endpoint = `${tls === undefined ? 'http' : 'https'}://${address}:${port}`;
  const credentialsFile = join(directory, 'credentials');
  for (const each of ['data', 'versions', 'metadata', 'users']) {
    await mkdir(join(directory, each), { recursive: true });
  }
  await writeCredentials(credentialsFile, keys);
  const argv = [
    `--port=${address}:${port}`,
    `--region=${region}`,
    `--iam-dir=${join(directory, 'users')}`,
    '--keep-alive',
    '--quiet',
    ...(tls === undefined ? [] : [`--cert=${tls.certificateFile}`, `--key=${tls.keyFile}`]),
    'posix',
    `--versioning-dir=${join(directory, 'versions')}`,
    // Not every file system of temporary files has extended attributes.
    `--sidecar=${join(directory, 'metadata')}`,
    `--concurrency=${concurrency}`,
    data,
  ];
  let server = await start(argv, { address, port });
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: keys,
    requestHandler: { httpsAgent: { ...(tls !== undefined && { ca: tls.authority }) } },
  });
  return {
    endpoint,
    region,
    credentialsFile,
    client,
    makeBucket: async (Bucket, { objectLock = false } = {}) => {
      await client.send(
        new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: objectLock }),
      );
    },
    addUser: async (name) => {
      const user = { accessKeyId: name, secretAccessKey: `${name}-secret` };
      await execa(
        toolPath('versitygw'),
        [
          'admin',
          `--endpoint-url=${endpoint}`,
          'create-user',
          `--access=${name}`,
          `--secret=${user.secretAccessKey}`,
          '--role=user',
        ],
        {
          env: {
            ADMIN_ACCESS_KEY_ID: keys.accessKeyId,
            ADMIN_SECRET_ACCESS_KEY: keys.secretAccessKey,
          },
        },
      );
      const file = join(directory, `${name}.credentials`);
      await writeCredentials(file, user);
      return file;
    },
    restart: async () => {
      await server.end();
      server = await start(argv, { address, port });
    },
    close: async () => {
      client.destroy();
      await server.end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function writeCredentials(file: string, { accessKeyId, secretAccessKey }: typeof keys) {
  const lines = [
    '[default]',
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${secretAccessKey}`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
}

async function start(
  argv: readonly string[],
  at: { readonly address: string; readonly port: number },
): Promise<{ end(): Promise<void> }> {
  const child = spawnBound(toolPath('versitygw'), argv);
  const gone = once(child, 'close');
  gone.catch(() => {});
  let lastWords = '';
  let ended: string | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      lastWords = (lastWords + chunk.toString()).slice(-2000);
    });
  }
  child.on('error', (error) => (ended = error.message));
  child.on('close', (code, signal) => (ended = `ended with ${code ?? signal}: ${lastWords}`));
  const end = async () => {
    child.kill('SIGKILL');
    await gone.catch(() => {});
  };
  try {
    await waitUntil(`versitygw on port ${at.port}`, async () => {
      if (ended !== undefined) throw new Error(`versitygw did not start: ${ended}`);
      return await isListening(at);
    });
    return { end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function isListening(at: {
  readonly address: string;
  readonly port: number;
}): Promise<true | undefined> {
  const socket = connect({ port: at.port, host: at.address });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

// `setpriv` binds the child's life to ours, so that a killed test leaves no server behind. The secret stays out of argv.
function spawnBound(versitygw: string, argv: readonly string[]): ChildProcess {
  const env = {
    ...process.env,
    ROOT_ACCESS_KEY_ID: keys.accessKeyId,
    ROOT_SECRET_ACCESS_KEY: keys.secretAccessKey,
  };
  const options = { stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'], env };
  return process.platform === 'linux'
    ? spawn('setpriv', ['--pdeathsig', 'KILL', versitygw, ...argv], options)
    : spawn(versitygw, argv, options);
}
