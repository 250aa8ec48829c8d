import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { keyIdOf } from '../../src/store/key-id.ts';
import { signingKeys } from '../store/signing-keys.ts';
import { storedBackups } from '../store/stored-backups.ts';
import type { StoredBackups } from '../store/stored-backups.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const [old, young] = ['20260101T010000Z-aaaaaaaaaaaa', '20260102T010000Z-bbbbbbbbbbbb'] as const;
const [ours, foreign] = [signingKeys(), signingKeys()];
const keyId = keyIdOf(ours.publicKey);

let stored: StoredBackups;

beforeEach(async () => {
  stored = await storedBackups();
  await writeFile(join(stored.directory, 'ours.pub'), ours.publicPem);
});
afterEach(async () => await rm(stored.directory, { recursive: true }));

/** Runs the command with a configuration that names these keys. */
const etcdBackup = async (
  argv: readonly string[],
  keys: { readonly signing?: object } = ourKey,
) => {
  const file = join(stored.directory, 'etcd-backup.yaml');
  const cluster = {
    kubeconfig: { file: 'nowhere' },
    stores: { snapshot: 'primary', staticKubeResources: 'vault' },
  };
  const stores = { primary: { directory: 'primary' }, vault: { directory: 'vault' } };
  await writeFile(file, JSON.stringify({ clusters: { 'prod-eu': cluster }, stores, ...keys }));
  return await execa(process.execPath, [main, ...argv, '--config', file], { reject: false });
};
const ourKey = { signing: { publicKeys: [{ file: 'ours.pub' }] } };

const ago = (hours: number) => {
  const createdAt = new Date(Date.now() - hours * 3_600_000).toISOString();
  return { createdAt };
};

test('signed backups are listed as any, and programs are told by which key', async () => {
  await stored.backup(old, { signedBy: ours });
  await stored.backup(young, { signedBy: ours });
  const { stdout, stderr, exitCode } = await etcdBackup(['list', '--json']);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  for (const line of stdout.split('\n')) {
    expect(JSON.parse(line)).toMatchObject({ signature: { outcome: 'verified', keyId } });
  }
});

test.for([
  ['a foreign key signed', { signedBy: foreign }, `expected one by key ${keyId}`],
  ['nobody signed', {}, 'the manifest has no signature'],
] as const)(
  'list says that a backup that %s is untrusted, and why, and ends with 1',
  async (each) => {
    const [, how, observed] = each;
    await stored.backup(old, { signedBy: ours });
    await stored.backup(young, how);
    const { stdout, stderr, exitCode } = await etcdBackup(['list']);
    expect({ stderr, exitCode }).toEqual({
      stderr: `prod-eu: a backup is not trusted: ${young}`,
      exitCode: 1,
    });
    const [first, second] = stdout.split('\n');
    expect(first).toContain(`prod-eu/${young}  untrusted: the manifest has`);
    expect(first).toContain(observed);
    expect(second).toContain(`prod-eu/${old}  20`);
  },
);

test('list --json tells of an untrusted backup in its object and in the last one', async () => {
  await stored.backup(young, { signedBy: foreign });
  const { stdout } = await etcdBackup(['list', '--json']);
  const [found, end] = stdout.split('\n').map((line): unknown => JSON.parse(line));
  expect(found).toEqual({
    cluster: 'prod-eu',
    id: young,
    state: 'untrusted',
    observed: expect.stringContaining('by key'),
    disagreements: [],
  });
  expect(end).toMatchObject({ error: { cluster: 'prod-eu', type: 'BackupUntrusted' } });
});

test('list --older-than does not count an untrusted backup, and asks for nothing but age', async () => {
  await stored.backup(young, { manifest: ago(1), signedBy: foreign });
  await stored.backup(old, { manifest: ago(27), signedBy: ours });
  const late = await etcdBackup(['list', '--older-than', '26h']);
  expect(late.exitCode).toBe(1);
  const early = await etcdBackup(['list', '--older-than', '400000d']);
  expect({ stderr: early.stderr, exitCode: early.exitCode }).toEqual({ stderr: '', exitCode: 0 });
});

test('show refuses an untrusted backup and prints nothing of it', async () => {
  await stored.backup(young, { signedBy: foreign });
  for (const json of [[], ['--json']]) {
    const { stdout, stderr, exitCode } = await etcdBackup(['show', `prod-eu/${young}`, ...json]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`BackupUntrusted: prod-eu/${young} is untrusted: the manifest has`);
    expect(stdout).not.toContain('4.18.7');
  }
});

test('show of the latest passes over an untrusted one and says so', async () => {
  await stored.backup(old, { signedBy: ours });
  await stored.backup(young, {});
  const { stdout, stderr, exitCode } = await etcdBackup(['show', 'prod-eu/latest']);
  expect(exitCode).toBe(0);
  expect(stderr).toContain(
    `passed over prod-eu/${young}, untrusted: the manifest has no signature`,
  );
  expect(stdout).toContain(`backup prod-eu/${old}`);
  expect(stdout).toMatch(new RegExp(`signature +verified, by key ${keyId}`));
});

test('where no key is configured, that is said once, and show says who claims to have signed', async () => {
  await stored.backup(old, { signedBy: foreign });
  await stored.backup(young, {});
  const unverified = 'manifests are not verified: the configuration names no signing.publicKeys';
  const listed = await etcdBackup(['list'], {});
  expect({ stderr: listed.stderr, exitCode: listed.exitCode }).toEqual({
    stderr: unverified,
    exitCode: 0,
  });
  const shown = await etcdBackup(['show', `prod-eu/${old}`], {});
  expect({ stderr: shown.stderr, exitCode: shown.exitCode }).toEqual({
    stderr: unverified,
    exitCode: 0,
  });
  expect(shown.stdout).toContain(`not verified, by key ${keyIdOf(foreign.publicKey)}`);
});

test('on a worker its own key is enough to believe what it signed', async () => {
  await writeFile(join(stored.directory, 'ours.pem'), ours.privatePem);
  await stored.backup(young, { signedBy: ours });
  const { stdout } = await etcdBackup(['list', '--json'], {
    signing: { privateKey: { file: 'ours.pem' } },
  });
  expect(JSON.parse(stdout)).toMatchObject({ signature: { outcome: 'verified', keyId } });
});

test.for([
  [['list'], { publicKeys: [{ file: 'nowhere.pub' }] }],
  [['show', `prod-eu/${young}`], { publicKeys: [{ file: 'ours.pem' }] }],
] as const)('%s ends with 2 where a key cannot be used, and names its field', async (each) => {
  const [argv, signing] = each;
  await stored.backup(young, { signedBy: ours });
  await writeFile(join(stored.directory, 'ours.pem'), ours.privatePem);
  const { stdout, stderr, exitCode } = await etcdBackup(argv, { signing });
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
  expect(stderr).toContain('signing.publicKeys.0.file: expected an Ed25519 public key');
});
