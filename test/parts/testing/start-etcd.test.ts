import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, onTestFinished, test } from 'vitest';

import { startEtcd, waitUntil } from '../../../src/testing/index.ts';
import type { RunningEtcd } from '../../../src/testing/index.ts';
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

/** Asks a member's JSON gateway as a node does; the code of curl where it has no answer. */
const asker = async ({ certificates }: RunningEtcd) => {
  const directory = await mkdtemp(join(tmpdir(), 'start-etcd-'));
  onTestFinished(async () => await rm(directory, { recursive: true }));
  const { authority, client } = certificates;
  const files = { cacert: authority, cert: client.certificate, key: client.key };
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return async (url: string, without?: keyof typeof files): Promise<unknown> => {
    const options = Object.keys(files).filter((name) => name !== without);
    const argv = options.flatMap((name) => [`--${name}`, join(directory, name)]);
    const more = ['--silent', '--max-time', '5', '--data', '{}'];
    const asked = promisify(execFile)('curl', [...argv, ...more, url]);
    return await asked.then(
      ({ stdout }): unknown => JSON.parse(stdout),
      (error: Error & { readonly code?: unknown }) => error.code,
    );
  };
};

test('a member answers a client with a certificate, and no other', async () => {
  const etcd = await startEtcd({ etcd: toolPath('etcd') });
  onTestFinished(async () => await etcd.close());
  const ask = await asker(etcd);
  const [member] = etcd.members;
  const status = `${member?.clientUrl}/v3/maintenance/status`;
  expect(await ask(status)).toMatchObject({ version: expect.stringMatching(/^3\./) });
  expect(await ask(status, 'cert')).toEqual(expect.any(Number));
});

test('a cluster has voters and a learner, and lives on when one of three is killed', async () => {
  const etcd = await startEtcd({ etcd: toolPath('etcd'), members: 3, learners: 1 });
  onTestFinished(async () => await etcd.close());
  const ask = await asker(etcd);
  const at = (index: number, path: string) => `${etcd.members[index]?.clientUrl}/v3/${path}`;
  const list = await ask(at(0, 'cluster/member/list'));
  expect(list).toMatchObject({
    members: expect.arrayContaining([
      ...['master-0', 'master-1', 'master-2'].map((name) =>
        expect.objectContaining({ name, clientURLs: [expect.stringMatching(/^https:/)] }),
      ),
      expect.objectContaining({ name: 'master-3', isLearner: true }),
    ]),
  });
  expect(await ask(at(3, 'maintenance/status'))).toMatchObject({ isLearner: true });
  const atLoopback = at(3, 'maintenance/status').replace('127.0.0.4', '127.0.0.1');
  expect(await ask(atLoopback)).toMatchObject({ isLearner: true });
  await etcd.members[1]?.kill();
  expect(await ask(at(1, 'maintenance/status'))).toBe(7);
  // The answer needs the agreement of most members.
  const members = async () => await ask(at(0, 'cluster/member/list'));
  await expect.poll(members, { timeout: 20_000 }).toMatchObject({ members: expect.any(Array) });
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
