import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { Connection } from '@temporalio/client';

import { freePort } from '../src/testing/free-port.ts';
import { toolPath } from './paths.mjs';

/** A real Temporal server on loopback, with its UI. */
export interface RunningTemporal {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  readonly uiUrl: string;
  readonly pid: number;
  /** Ends the process as a crash would; safe to repeat. */
  readonly kill: () => Promise<void>;
}

export interface StartTemporalOptions {
  /** The SQLite file that survives the process. @default in memory */
  readonly databaseFile?: string;
  /** @default free ones */
  readonly port?: number;
  readonly uiPort?: number;
}

/**
 * Starts a Temporal development server and waits until it serves its default namespace. On Linux it also ends when this
 * process is killed.
 *
 * @throws `Error` with what the server wrote last, when it does not serve within a minute
 */
export async function startTemporal(options: StartTemporalOptions = {}): Promise<RunningTemporal> {
  const port = options.port ?? (await freePort());
  const uiPort = options.uiPort ?? (await freePort());
  const address = `127.0.0.1:${port}`;
  const bound = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL'] : [];
  const [command = '', ...argv] = [
    ...bound,
    toolPath('temporal'),
    'server',
    'start-dev',
    '--ip=127.0.0.1',
    `--port=${port}`,
    `--ui-port=${uiPort}`,
    '--log-level=error',
    ...(options.databaseFile === undefined ? [] : [`--db-filename=${options.databaseFile}`]),
  ];
  const child = spawn(command, argv, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const exited = once(child, 'close');
  exited.catch(() => {});
  let lastWords = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => (lastWords = (lastWords + bytes.toString()).slice(-2000)));
  }
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited.catch(() => {});
  };
  if (await serves(address, () => child.exitCode !== null)) {
    return { address, uiUrl: `http://127.0.0.1:${uiPort}`, pid: child.pid ?? 0, kill };
  }
  await kill();
  throw new Error(`the Temporal server at ${address} does not serve: ${lastWords}`);
}

const patienceMs = 60_000;

async function serves(address: string, hasEnded: () => boolean): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline && !hasEnded()) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: '2s' });
      try {
        await connection.workflowService.describeNamespace({ namespace: 'default' });
        return true;
      } finally {
        await connection.close();
      }
    } catch {
      await delay(100);
    }
  }
  return false;
}
