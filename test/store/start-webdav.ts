import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';

import { execa } from 'execa';

import { freePort } from '../../src/testing/free-port.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { waitUntil } from '../../src/testing/wait-until.ts';
import { toolPath } from '../../tools/paths.mjs';

/** A WebDAV server on loopback, which is rclone's own, and a remote of it. */
export interface RunningWebdav {
  /** Configuration of rclone with the remotes `dav`, and `stranger`, which has a wrong password. */
  readonly configFile: string;
  /** What the server serves. */
  readonly directory: string;
  /** Ends the process and removes its data. */
  close(): Promise<void>;
}

/** Starts it on a free port and waits until it listens. On Linux it also ends when this process is killed. */
export async function startWebdav(): Promise<RunningWebdav> {
  const own = await temporaryDirectory('webdav');
  const [directory, configFile] = [join(own, 'data'), join(own, 'rclone.conf')];
  await mkdir(directory);
  const port = await freePort();
  const rclone = toolPath('rclone');
  const argv = ['serve', 'webdav', directory, `--addr=127.0.0.1:${port}`];
  const credentials = { RCLONE_USER: 'worker', RCLONE_PASS: 'not-a-secret-of-anybody' };
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', rclone, ...argv], {
    stdio: 'ignore',
    env: { ...process.env, ...credentials },
  });
  const gone = once(child, 'close');
  for (const [name, pass] of [
    ['dav', credentials.RCLONE_PASS],
    ['stranger', 'hunter-2-of-nobody'],
  ]) {
    const settings = [
      `url=http://127.0.0.1:${port}`,
      'vendor=other',
      'user=worker',
      `pass=${pass}`,
    ];
    await execa(rclone, [
      'config',
      'create',
      String(name),
      'webdav',
      ...settings,
      '--obscure',
      `--config=${configFile}`,
    ]);
  }
  await waitUntil(`webdav on port ${port}`, async () => {
    if (child.exitCode !== null) throw new Error(`webdav ended with ${child.exitCode}`);
    return await isListening(port);
  });
  return {
    configFile,
    directory,
    close: async () => {
      child.kill('SIGKILL');
      await gone;
      await rm(own, { recursive: true, force: true });
    },
  };
}

async function isListening(port: number): Promise<true | undefined> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
