import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { startStandInCluster, waitUntil } from '../../src/testing/index.ts';
import { debugPod, exec, runPod } from './clients.ts';

const fixture = join(import.meta.dirname, 'run-cluster.ts');

/** The processes of this machine whose command line has this text. */
async function processesWith(text: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map(async (pid) => await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(text));
}

const clustersOf = async (pid: number | undefined) =>
  (await readdir(tmpdir())).filter((name) => name.startsWith(`etcd-backup-testing-${pid}-cluster`));

test('close leaves no process, no mount and no directory, however often it is called', async () => {
  const before = await clustersOf(process.pid);
  const cluster = await startStandInCluster({ nodes: 3 });
  await runPod(cluster, debugPod(cluster, 'shell'));
  const marker = `${process.pid}4242`;
  const detach = `setsid nohup sleep ${marker} >/dev/null 2>&1 </dev/null &`;
  await exec(cluster, { pod: 'shell' }, ['chroot', '/host', 'sh', '-c', detach]);
  expect(await processesWith(marker)).not.toEqual([]);

  await cluster.close();
  await cluster.close();

  expect(await processesWith(marker)).toEqual([]);
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain('etcd-backup-testing');
  expect(await clustersOf(process.pid)).toEqual(before);
  await expect(fetch(cluster.server)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
});

test('a cluster ends when its process is killed, and the next one removes its directory', async () => {
  const marker = `${process.pid}4343`;
  const child = spawn(process.execPath, [fixture, marker], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  expect(await processesWith(marker)).not.toEqual([]);
  child.kill('SIGKILL');
  await once(child, 'close');
  await waitUntil('the end of its processes', async () =>
    (await processesWith(marker)).length === 0 ? true : undefined,
  );
  expect(await clustersOf(child.pid)).toHaveLength(1);
  await (await startStandInCluster()).close();
  expect(await clustersOf(child.pid)).toEqual([]);
});

test('a user without privileges can run a cluster', async () => {
  const nobody = 65_534;
  const directory = await mkdtemp(join(tmpdir(), 'etcd-backup-unprivileged-'));
  try {
    await chmod(directory, 0o777);
    const run = promisify(execFile)(process.execPath, [fixture, '1', String(nobody)], {
      env: { ...process.env, TMPDIR: directory },
    });
    const { stdout } = await run;
    const uid = process.getuid?.() === 0 ? nobody : process.getuid?.();
    expect(JSON.parse(stdout)).toEqual({ uid, onNode: '0\n', exitCode: 0, left: [] });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
