import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { manifestKey } from '../../src/store/layout.ts';
import { storedBackups } from '../store/stored-backups.ts';
import type { StoredBackups } from '../store/stored-backups.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const hour = 3_600_000;
/** What a command says, once, where no key is configured. */
const unverified = 'manifests are not verified: the configuration names no signing.publicKeys';
const [old, young] = ['20260101T010000Z-aaaaaaaaaaaa', '20260102T010000Z-bbbbbbbbbbbb'] as const;

let stored: StoredBackups;
let config: string;

beforeEach(async () => {
  stored = await storedBackups();
  const cluster = {
    kubeconfig: { file: 'nowhere' },
    stores: { snapshot: 'primary', staticKubeResources: 'vault' },
  };
  config = join(stored.directory, 'etcd-backup.yaml');
  const stores = { primary: { directory: 'primary' }, vault: { directory: 'vault' } };
  const clusters = { 'prod-eu': cluster, 'prod-us': cluster };
  await writeFile(config, JSON.stringify({ clusters, stores }));
});
afterEach(async () => await rm(stored.directory, { recursive: true }));

// No Temporal and no cluster is anywhere near.
const etcdBackup = (...argv: string[]) =>
  execa(process.execPath, [main, ...argv, '--config', config], {
    env: { PATH: process.env['PATH'], TEMPORAL_ADDRESS: '127.0.0.1:1' },
    extendEnv: false,
    reject: false,
  });

const ago = (hours: number) => {
  const time = new Date(Date.now() - hours * hour).toISOString();
  const script = { path: '/usr/local/bin/cluster-backup.sh', release: '4.6', possiblyDirty: false };
  const sha256 = 'f'.repeat(64);
  return { createdAt: time, script: { ...script, sha256, startedAt: time, finishedAt: time } };
};

test('list has a line for each backup, newest first, with its age, version, node and size', async () => {
  await stored.backup(old, { manifest: ago(75.5) });
  await stored.backup(young, { manifest: ago(3.5) });
  const { stdout, exitCode } = await etcdBackup('list', 'prod-eu');
  expect(exitCode).toBe(0);
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(
      /^prod-eu\/20260102T010000Z-b{12} {2}20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC {2}3 h 30 min ago {2}4\.18\.7 {2}master-0 {2}53 B$/,
    ),
    expect.stringMatching(/^prod-eu\/20260101T010000Z-a{12} .* 3 d 3 h ago {5}4\.18\.7/),
  ]);
});

test('list without a cluster lists every cluster of the configuration', async () => {
  await stored.backup(young, { manifest: ago(1) });
  const { stdout, exitCode } = await etcdBackup('list');
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`prod-eu/${young}`);
  expect(stdout).toContain('prod-us: no backup');
});

test('list tells what cannot be read and where the stores disagree, and goes on', async () => {
  await stored.backup(old, { omit: ['copy'] });
  await stored.put('primary', manifestKey('prod-eu', young), 'no JSON');
  const { stdout, exitCode } = await etcdBackup('list', 'prod-eu');
  expect(exitCode).toBe(0);
  expect(stdout.split('\n')).toEqual([
    `prod-eu/${young}  cannot be read: manifest: 7 bytes, no JSON`,
    expect.stringContaining(`prod-eu/${old}`),
    '  the stores disagree: vault has no copy of the manifest',
  ]);
});

test('a folder without a manifest is listed only with --all', async () => {
  await stored.backup(old, { omit: ['manifest', 'copy'] });
  expect((await etcdBackup('list', 'prod-eu')).stdout).toBe('prod-eu: no backup');
  expect((await etcdBackup('list', 'prod-eu', '--all')).stdout).toBe(
    `prod-eu/${old}  unfinished: no manifest in primary`,
  );
});

test('list --json has one object for each backup', async () => {
  await stored.backup(young, { manifest: ago(2) });
  const { stdout } = await etcdBackup('list', 'prod-eu', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    cluster: 'prod-eu',
    id: young,
    state: 'backup',
    ageSeconds: expect.any(Number),
    openshiftVersion: '4.18.7',
    sizeBytes: 53,
    signature: { outcome: 'notVerified' },
    disagreements: [],
  });
});

test('list --older-than ends with 0 while the newest backup of every cluster is young enough', async () => {
  await stored.backup(old, { manifest: ago(75) });
  await stored.backup(young, { manifest: ago(25) });
  const { exitCode, stderr } = await etcdBackup('list', 'prod-eu', '--older-than', '26h');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: unverified });
});

test('list --older-than ends with 1 and one line when the newest backup is older', async () => {
  await stored.backup(young, { manifest: ago(27) });
  const { exitCode, stderr } = await etcdBackup('list', 'prod-eu', '--older-than', '26h');
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: `${unverified}\nprod-eu: the newest whole backup is 27 h old, expected one of the last 26 h`,
  });
});

test('list --older-than ends with 1 for each cluster that has no backup at all', async () => {
  await stored.backup(young, { manifest: ago(1) });
  const { exitCode, stderr } = await etcdBackup('list', '--older-than', '26h');
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: `${unverified}\nprod-us: there is no whole backup, expected one of the last 26 h`,
  });
});

test.for([
  ['has no manifest', ['manifest', 'copy']],
  ['lost its snapshot', ['snapshot']],
  ['has one manifest of two', ['copy']],
] as const)('list --older-than does not count a backup that %s', async ([, omit]) => {
  await stored.backup(young, { manifest: ago(1), omit });
  await stored.backup(old, { manifest: ago(27) });
  const { exitCode, stderr } = await etcdBackup('list', 'prod-eu', '--older-than', '26h');
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('27 h'),
  });
});

test('a store that is not there ends with 1 and names it; the other clusters are listed', async () => {
  await stored.backup(young, { manifest: ago(1) });
  await rm(join(stored.directory, 'primary'), { recursive: true });
  const { exitCode, stderr, stdout } = await etcdBackup('list', '--json');
  expect(exitCode).toBe(1);
  expect(stderr.split('\n')).toEqual([
    unverified,
    expect.stringMatching(/^prod-eu: directory .*primary: not there/),
    expect.stringMatching(/^prod-us: directory .*primary: not there/),
  ]);
  expect(JSON.parse(stdout.split('\n')[0] ?? '')).toMatchObject({
    error: {
      cluster: 'prod-eu',
      type: 'StoreUnavailable',
      nextStep: expect.stringMatching(/the mount .* of the store, then ask again\./),
    },
  });
  expect((await etcdBackup('list')).stdout).toBe('prod-eu: not known\nprod-us: not known');
});

test('show ends with 1 where the store is not there, and advises nothing about uploads', async () => {
  await rm(join(stored.directory, 'primary'), { recursive: true });
  const { exitCode, stderr } = await etcdBackup('show', 'prod-eu/latest');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/primary: not there/);
  expect(stderr).toMatch(/of the store, then ask again\./);
  expect(stderr).not.toContain('uploading');
});

test('show prints what a person asks of a backup, and how it is restored', async () => {
  const manifest = await stored.backup(young, {
    manifest: {
      ...ago(3.5),
      overrides: [{ guard: 'quietHours', reason: 'before the upgrade', who: 'ann' }],
    },
  });
  await stored.backup(old, { manifest: ago(27) });
  const { stdout, stderr, exitCode } = await etcdBackup('show', 'prod-eu/latest');
  expect({ stderr, exitCode }).toEqual({ stderr: unverified, exitCode: 0 });
  for (const words of [
    `backup prod-eu/${young}, 3 h 30 min old`,
    'OpenShift   4.18.7',
    'master-0: the first fit one',
    'aescbc, EncryptionCompleted',
    ...manifest.files.flatMap(({ name, store, key, sha256 }) => [
      name,
      `in ${store}: ${key}`,
      sha256,
    ]),
    'lock compliance until 2026-01-31 01:03:10 UTC',
    'passed  transport  store primary: read back',
    'quietHours  before the upgrade (ann)',
    'only on OpenShift 4.18.7',
    'sudo -E /usr/local/bin/cluster-restore.sh /home/core/assets/backup',
    ...manifest.files.map(({ name, sha256 }) => `echo '${sha256}  ${name}' | sha256sum -c`),
  ]) {
    expect(stdout).toContain(words);
  }
});

test('show --json prints the very bytes of the manifest, and what is wrong with the stores elsewhere', async () => {
  await stored.backup(young, { omit: ['copy'] });
  const { signal } = new AbortController();
  const key = manifestKey('prod-eu', young);
  const bytes = Buffer.alloc((await stored.primary.stat(key, signal))?.sizeBytes ?? 0);
  await stored.primary.read(key, 0, bytes, signal);
  const { stdout, stderr } = await execa(
    process.execPath,
    [main, 'show', `prod-eu/${young}`, '--json', '--config', config],
    { encoding: 'buffer' },
  );
  expect(Buffer.from(stdout)).toEqual(bytes.subarray(0, -1));
  expect(String(Buffer.from(stderr))).toContain('the stores disagree: vault has no copy');
});

test('show says what a folder is that is no backup, and what there is instead', async () => {
  await stored.backup(young, { omit: ['manifest', 'copy'] });
  const { stderr, exitCode } = await etcdBackup('show', `prod-eu/${young}`);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(
    `BackupNotFound: prod-eu/${young} is unfinished: no manifest in primary`,
  );
  expect(stderr).toContain('etcd-backup list --all');
  expect((await etcdBackup('show', 'prod-eu/latest')).exitCode).toBe(1);
});

test.for([
  ['an age without a unit', ['list', '--older-than', '26']],
  ['an age of runs', ['list', '--runs', '--older-than', '26h']],
  ['a backup without an id', ['show', 'prod-eu']],
  ['a backup whose id is none', ['show', 'prod-eu/../prod-us']],
  ['a cluster that nobody configured', ['show', 'prod-ue/latest']],
] as const)('%s is a usage error', async ([, argv]) => {
  const { stdout, exitCode } = await etcdBackup(...argv);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
});
