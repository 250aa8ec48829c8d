import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { waitUntil } from './wait-until.ts';

/** A process of etcd that serves. */
export interface EtcdProcess {
  readonly pid: number;
  /** Ends it at once, as a crash would; safe to repeat. */
  kill(): Promise<void>;
}

/**
 * Starts a process of etcd and waits until it serves at `endpoint`, which is without TLS.
 *
 * On Linux it also ends when this process is killed.
 *
 * @throws `Error` with what etcd wrote last, when it does not serve within 30 seconds
 */
export async function startEtcdProcess(
  etcd: string,
  argv: readonly string[],
  endpoint: string,
): Promise<EtcdProcess> {
  const child = spawnBound(etcd, argv);
  const exited = once(child, 'close');
  // A binary that cannot be started emits `error`, which `exited` reports.
  exited.catch(() => {});
  const kill = async () => {
    child.kill('SIGKILL');
    await exited.catch(() => {});
  };
  try {
    await serving(child, endpoint);
  } catch (error) {
    await kill();
    throw error;
  }
  return { pid: child.pid ?? 0, kill };
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
    return (await answers(endpoint)) ? true : undefined;
  });
}

// A member serves once it knows a leader; a learner is never healthy, but it answers too.
async function answers(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/v3/maintenance/status`, {
      method: 'POST',
      body: '{}',
    });
    return (await response.text()).includes('"leader"');
  } catch {
    return false;
  }
}
