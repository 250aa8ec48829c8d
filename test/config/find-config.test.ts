import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { findConfig } from '../../src/config/find-config.ts';

const before = process.cwd();
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'etcd-backup-find-'));
  process.chdir(directory);
});
afterEach(async () => {
  process.chdir(before);
  await rm(directory, { recursive: true });
});

test('the file that was asked for goes before the variable, and the variable before the usual places', async () => {
  await writeFile('etcd-backup.yaml', '');
  const environment = { ETCD_BACKUP_CONFIG: '/named.yaml' };
  expect(findConfig('/asked.yaml', environment).file).toBe('/asked.yaml');
  expect(findConfig(undefined, environment).file).toBe('/named.yaml');
  expect(findConfig(undefined, {}).file).toBe('./etcd-backup.yaml');
});

test('an empty variable counts as none', () => {
  expect(findConfig(undefined, { ETCD_BACKUP_CONFIG: '' }).places).toEqual([
    './etcd-backup.yaml',
    '/etc/etcd-backup/etcd-backup.yaml',
  ]);
});
