import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { startEtcd, waitUntil } from '../../../src/testing/index.ts';
import { toolPath } from '../../../tools/paths.mjs';

const isAlive = (pid: number) => existsSync(`/proc/${pid}/cmdline`);

test('an etcd serves on loopback until it is closed, and leaves no process and no data', async () => {
  const etcd = await startEtcd({ etcd: toolPath('etcd') });
  expect(await (await fetch(`${etcd.endpoint}/health`)).json()).toMatchObject({ health: 'true' });
  expect(existsSync(`${etcd.dataDirectory}/member/snap/db`)).toBe(true);
  await etcd.close();
  await etcd.close();
  expect([isAlive(etcd.pid), existsSync(etcd.dataDirectory)]).toEqual([false, false]);
});

test('an etcd that cannot start says why', async () => {
  await expect(startEtcd({ etcd: '/nowhere/etcd' })).rejects.toThrow('/nowhere/etcd');
});

test('an etcd ends with the process that started it, also when that one is killed', async () => {
  const module = fileURLToPath(import.meta.resolve('../../../src/testing/index.ts'));
  const program = `import { startEtcd } from ${JSON.stringify(module)};
    console.log((await startEtcd({ etcd: ${JSON.stringify(toolPath('etcd'))} })).pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line]: Buffer[] = await once(child.stdout, 'data');
  const pid = Number(line?.toString());
  expect(isAlive(pid)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(await waitUntil('the end of etcd', () => !isAlive(pid) || undefined)).toBe(true);
  // What it left on the disk goes when the next one starts.
  await (await startEtcd({ etcd: toolPath('etcd') })).close();
  const own = `etcd-backup-testing-${child.pid}-`;
  expect((await readdir(tmpdir())).filter((name) => name.startsWith(own))).toEqual([]);
});
