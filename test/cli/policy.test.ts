import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const directory = await mkdtemp(join(tmpdir(), 'etcd-backup-policy-'));
afterAll(() => rm(directory, { recursive: true }));
beforeAll(() =>
  writeFile(
    join(directory, 'etcd-backup.yaml'),
    `clusters:
  prod-eu:
    kubeconfig: { file: nowhere }
    stores: { snapshot: primary, staticKubeResources: vault }
stores:
  primary: { s3: { bucket: etcd, region: eu-central-1, credentials: { file: nowhere } } }
  vault: { directory: backups }
  container: { azure: { account: etcd, container: backups, credentials: { file: nowhere } } }
  third: { rclone: { remote: 'b2:etcd/prod' } }
`,
  ),
);

/** Offline, without the credentials that the configuration names. */
const policy = (...argv: string[]) =>
  execa(process.execPath, [main, 'policy', ...argv], {
    cwd: directory,
    env: { PATH: process.env['PATH'], HOME: directory },
    extendEnv: false,
    reject: false,
  });

test('prints an IAM policy that a bucket needs, and nothing around it', async () => {
  const { stdout, exitCode } = await policy('primary');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    Version: '2012-10-17',
    Statement: expect.arrayContaining([
      expect.objectContaining({ Resource: 'arn:aws:s3:::etcd/*' }),
    ]),
  });
});

test('prints a custom role and the permissions of a SAS token that a container needs', async () => {
  const { stdout, exitCode } = await policy('container');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    role: { Name: 'etcd-backup etcd/backups', Actions: [] },
    sas: { resource: 'container', permissions: 'rwl' },
  });
});

test('says of a directory who must be able to write to it', async () => {
  const { stdout, exitCode } = await policy('vault');
  expect({ stdout, exitCode }).toEqual({
    stdout: `The worker's user must be able to read, write and enter ${join(directory, 'backups')}; nothing else has to.`,
    exitCode: 0,
  });
});

test('says of a remote what its credentials must be able to, and where alone they may delete', async () => {
  const { stdout, exitCode } = await policy('third');
  expect(exitCode).toBe(0);
  expect(stdout.split('\n')).toEqual([
    'The credentials of b2:etcd/prod must be able',
    '  to list b2:etcd/prod/ and all that is in it',
    '  to create and to read files there',
    '  to give a file another name there, by moving or by copying it',
    '  to delete files below b2:etcd/prod/.uploads, and nothing else',
  ]);
});

test('a store that is not in the configuration is a usage error that names those that are', async () => {
  const { stdout, stderr, exitCode } = await policy('primry');
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
  expect(stderr).toContain('did you mean primary?');
});
