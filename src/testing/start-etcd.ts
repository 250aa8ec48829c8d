import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { freePort } from './free-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { waitUntil } from './wait-until.ts';

/** A real etcd on loopback, alone in its cluster, without TLS. */
export interface RunningEtcd {
  /** Where clients reach it: `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  /** Its data directory; the database is `member/snap/db` in it. */
  readonly dataDirectory: string;
  readonly pid: number;
  /** Ends the process and removes its data; safe to repeat. */
  close(): Promise<void>;
}

export interface StartEtcdOptions {
  /** The etcd binary. */
  readonly etcd: string;
  /** @default 8 GiB, as on OpenShift */
  readonly quotaBytes?: number;
}

const attempts = 3;

/**
 * Starts a real etcd on free ports of loopback, with a directory of its own, and waits until it serves.
 *
 * On Linux it also ends when this process is killed.
 *
 * @throws `Error` with what etcd wrote last, when it does not serve within 30 seconds
 */
export async function startEtcd(options: StartEtcdOptions): Promise<RunningEtcd> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(options);
    } catch (error) {
      // Somebody else may have taken the port between choosing and listening.
      if (attempt === attempts || !String(error).includes('address already in use')) throw error;
    }
  }
}

async function start({ etcd, quotaBytes = 8 * 1024 ** 3 }: StartEtcdOptions): Promise<RunningEtcd> {
  const directory = await temporaryDirectory('etcd');
  const dataDirectory = join(directory, 'data');
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const child = spawnBound(etcd, [
    '--name=etcd',
    `--data-dir=${dataDirectory}`,
    `--listen-client-urls=${endpoint}`,
    `--advertise-client-urls=${endpoint}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=etcd=${peer}`,
    `--quota-backend-bytes=${quotaBytes}`,
    '--log-level=warn',
  ]);
  const exited = once(child, 'close');
  // A binary that cannot be started emits `error`, which `exited` reports.
  exited.catch(() => {});
  const close = async () => {
    child.kill('SIGKILL');
    await exited.catch(() => {});
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await serving(child, endpoint);
  } catch (error) {
    await close();
    throw error;
  }
  return { endpoint, dataDirectory, pid: child.pid ?? 0, close };
}

// `setpriv` binds the child's life to ours, so that a killed test leaves no server behind.
function spawnBound(etcd: string, argv: readonly string[]): ChildProcess {
  const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
  return process.platform === 'linux'
    ? spawn('setpriv', ['--pdeathsig', 'KILL', etcd, ...argv], { stdio })
    : spawn(etcd, argv, { stdio });
}

async function serving(child: ChildProcess, endpoint: string): Promise<void> {
  let lastWords = '';
  let failure: string | undefined;
  child.stderr?.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-2000);
  });
  child.on('error', (error) => (failure = error.message));
  child.on('close', (code, signal) => (failure = `ended with ${code ?? signal}: ${lastWords}`));
  await waitUntil(`etcd at ${endpoint}`, async () => {
    if (failure !== undefined) throw new Error(`etcd did not start: ${failure}`);
    return (await isHealthy(endpoint)) ? true : undefined;
  });
}

async function isHealthy(endpoint: string): Promise<boolean> {
  try {
    const answer = await fetch(`${endpoint}/health`);
    return (await answer.text()).includes('"health":"true"');
  } catch {
    return false;
  }
}
