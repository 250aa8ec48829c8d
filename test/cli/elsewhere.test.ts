import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { manifestKey } from '../../src/store/layout.ts';
import { storedBackups } from '../store/stored-backups.ts';
import type { StoredBackups } from '../store/stored-backups.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const id = '20260101T010000Z-aaaaaaaaaaaa';
const offsite = { snapshot: 'offsite', staticKubeResources: 'offsite-vault' };

let stored: StoredBackups;
let config: string;

beforeEach(async () => {
  stored = await storedBackups();
  await stored.backup(id, { copies: [offsite] });
  config = join(stored.directory, 'etcd-backup.yaml');
  const names = ['primary', 'vault', ...Object.values(offsite), 'former'];
  const prod = {
    kubeconfig: { file: 'nowhere' },
    stores: { snapshot: 'primary', staticKubeResources: 'vault' },
    copies: [offsite],
  };
  const stores = Object.fromEntries(names.map((name) => [name, { directory: name }]));
  await writeFile(config, JSON.stringify({ clusters: { 'prod-eu': prod }, stores }));
});
afterEach(async () => await rm(stored.directory, { recursive: true }));

const lose = async (...names: readonly string[]) => {
  for (const name of names) await rm(join(stored.directory, name), { recursive: true });
};

const etcdBackup = (...argv: readonly string[]) =>
  execa(process.execPath, [main, ...argv, '--config', config], { reject: false });

test('a lost store is not the end: the failure names the other stores that have the manifest', async () => {
  await lose('primary', 'vault');
  for (const command of [
    ['list', 'prod-eu', '--json'],
    ['show', `prod-eu/${id}`],
  ]) {
    const { stdout, stderr, exitCode } = await etcdBackup(...command);
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toContain(
      'Or look elsewhere: --from vault or --from offsite or --from offsite-vault.',
    );
  }
});

test('list finds the backup in the other place, whole', async () => {
  await lose('primary', 'vault');
  const { stdout, exitCode } = await etcdBackup('list', '--from', 'offsite', '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    id,
    state: 'backup',
    disagreements: [],
    manifest: { key: manifestKey('prod-eu', id) },
  });
});

test('list says what the other place has lost', async () => {
  await lose('primary', 'vault');
  await rm(join(stored.directory, 'offsite-vault', 'prod-eu'), { recursive: true });
  const { stdout } = await etcdBackup('list', 'prod-eu', '--from', 'offsite');
  expect(stdout).toContain('offsite-vault has no copy of the manifest');
  expect(stdout).toContain('static_kuberesources_2026-01-01_010203.tar.gz is not there');
});

test('show prints it, and how it is restored from there', async () => {
  await lose('primary', 'vault');
  const { stdout, exitCode } = await etcdBackup('show', 'prod-eu/latest', '--from', 'offsite');
  expect(exitCode).toBe(0);
  const fetched = stdout.split('\n').filter((line) => /^ +(or from )?[\w-]+: prod-eu\//.test(line));
  expect(fetched.map((line) => line.trim().split(': ')[0])).toEqual([
    'offsite',
    'or from primary',
    'offsite-vault',
    'or from vault',
  ]);
});

test('a store of keys is enough to find it, and its counterpart need not answer', async () => {
  await lose('primary', 'offsite');
  const { stdout, stderr, exitCode } = await etcdBackup(
    'show',
    'prod-eu/latest',
    '--from',
    'vault',
  );
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`backup prod-eu/${id}`);
  expect(stderr).toContain('not compared: primary: ');
});

test('what is looked in is a store of the configuration, of former days too', async () => {
  const { stderr, exitCode } = await etcdBackup('list', '--from', 'ofsite');
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/--from.*offsite/s);
  await cp(join(stored.directory, 'primary'), join(stored.directory, 'former'), {
    recursive: true,
  });
  const former = await etcdBackup('show', 'prod-eu/latest', '--from', 'former');
  expect(former.stdout).toContain(`backup prod-eu/${id}`);
  const runs = await etcdBackup('list', '--runs', '--from', 'offsite');
  expect(runs.exitCode).toBe(2);
});
