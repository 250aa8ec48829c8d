import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { directoryIdentity } from '../../src/store/directory-identity.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'etcd-backup-identity-'));
  for (const name of ['one', 'other']) await mkdir(join(directory, name));
  await symlink('one', join(directory, 'link'));
});
afterAll(async () => await rm(directory, { recursive: true }));

const identity = async (name: string) => await directoryIdentity(`${directory}/${name}`);

test('one directory is the same by every path that leads to it', async () => {
  expect(await identity('link')).toBe(await identity('one'));
  expect(await identity('other/../one/')).toBe(await identity('one'));
});

test('two directories are not, even of one disk', async () => {
  expect(await identity('other')).not.toBe(await identity('one'));
});

test('one that is not there is told by its path', async () => {
  expect(await identity('missing')).toBe(join(directory, 'missing'));
});
