import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { execa } from 'execa';

import { freePort } from '../../src/testing/free-port.ts';
import { waitUntil } from '../../src/testing/index.ts';
import { toolPath } from '../../tools/paths.mjs';

/** An etcd on loopback that was started on restored data. */
export interface RestoredEtcd {
  readonly endpoint: string;
  /** Ends the process; safe to repeat. */
  close(): Promise<void>;
}

/** Restores a snapshot with etcd's own tool below `directory`, and starts an etcd on what it made. */
export async function restoreAndServe(snapshot: string, directory: string): Promise<RestoredEtcd> {
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const dataDirectory = join(directory, 'restored');
  const member = [
    '--name=restored',
    `--data-dir=${dataDirectory}`,
    `--initial-cluster=restored=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
  ];
  await execa(toolPath('etcdutl'), ['snapshot', 'restore', snapshot, ...member]);

  const listen = [
    `--listen-client-urls=${endpoint}`,
    `--advertise-client-urls=${endpoint}`,
    `--listen-peer-urls=${peer}`,
    '--log-level=error',
  ];
  // It ends when the test is killed.
  const argv = ['--pdeathsig', 'KILL', toolPath('etcd'), ...member, ...listen];
  const child = spawn('setpriv', argv, { stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = once(child, 'close');
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  try {
    await waitUntil('the restored etcd', async () => {
      if (child.exitCode !== null) throw new Error(`the restored etcd ended: ${child.exitCode}`);
      return (await isHealthy(endpoint)) ? true : undefined;
    });
  } catch (error) {
    await close();
    throw error;
  }
  return { endpoint, close };
}

async function isHealthy(endpoint: string): Promise<boolean> {
  try {
    return (await (await fetch(`${endpoint}/health`)).text()).includes('"health":"true"');
  } catch {
    return false;
  }
}
