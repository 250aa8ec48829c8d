import { join } from 'node:path';

import { expect, test } from 'vitest';

import { complaints, directory, load, small } from './load-yaml.ts';

const withStore = (yaml: string) =>
  small.replace('{ directory: /mnt/backups }', `{ rclone: ${yaml} }`);
const withRemote = (remote: string) => withStore(`{ remote: ${JSON.stringify(remote)} }`);

test('every key of a remote is read, the path from the folder of the file', async () => {
  const config = await load(
    withStore(
      '{ remote: "b2:etcd/prod", configFile: rclone.conf, variables: [RCLONE_CONFIG_PASS] }',
    ),
  );
  expect(config.stores).toEqual({
    primary: {
      rclone: {
        remote: 'b2:etcd/prod',
        configFile: join(directory, 'rclone.conf'),
        variables: ['RCLONE_CONFIG_PASS'],
      },
    },
  });
});

test.each([
  'b2:',
  'b2:bucket',
  'b2:bucket/etcd/prod-eu',
  'my.drive:Team Backups/etcd',
  'disk:/srv/backups',
  'disk:/',
  'sftp-1:home/.backups',
])('%j is a remote', async (remote) => {
  expect((await load(withRemote(remote))).stores).toEqual({ primary: { rclone: { remote } } });
});

const expected =
  'etcd-backup.yaml:6:32: stores.primary.rclone.remote: expected name:path of a remote in the configuration of rclone, without settings; the path of letters, digits, spaces and ._+@=- between slashes, got';

test.each([
  [':s3,access_key_id=AKIA,secret=s:b', 'text that may hold settings'],
  ['b2,key=hunter2:bucket', 'text that may hold settings'],
  [':b2:bucket', 'text that may hold settings'],
  ['b2:bucket:hunter2', 'text that may hold settings'],
  ["b2:buck'et", 'text that may hold settings'],
  ['bucket/etcd', '"bucket/etcd"'],
  ['/mnt/backups', '"/mnt/backups"'],
  ['-v:bucket', '"-v:bucket"'],
  ['--config=/tmp/other:bucket', 'text that may hold settings'],
  ['b2:bucket/../other', '"b2:bucket/../other"'],
  ['b2:bucket//etcd', '"b2:bucket//etcd"'],
  ['b2:bucket/', '"b2:bucket/"'],
  ['b2:bucket\n', 'text that may hold settings'],
  ['', 'text that may hold settings'],
])('%j is none, and what may be a secret is not repeated', async (remote, got) => {
  expect(await complaints(withRemote(remote))).toEqual([`${expected} ${got}`]);
});

test('a variable by which a command would do something else is refused', async () => {
  const yaml = withStore('{ remote: "b2:etcd", variables: [AWS_PROFILE, RCLONE_DRY_RUN] }');
  expect(await complaints(yaml)).toEqual([
    'etcd-backup.yaml:6:68: stores.primary.rclone.variables.1: expected the name of an environment variable; of those that begin with RCLONE_, only RCLONE_CONFIG_…, got "RCLONE_DRY_RUN"',
  ]);
});
