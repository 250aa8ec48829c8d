import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { directoryIdentity } from '../../src/store/directory-identity.ts';
import { rclonePlace } from '../../src/store/rclone-place.ts';
import { s3Place } from '../../src/store/s3-endpoint.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { putOnPath } from '../store/rclone-on-path.ts';

let directory: string;
beforeAll(async () => {
  putOnPath();
  directory = await temporaryDirectory('rclone-place');
  await mkdir(join(directory, 'data'));
  await writeFile(
    join(directory, 'rclone.conf'),
    `[minio]
type = s3
provider = Minio
endpoint = http://s3.example.com:9000
secret_access_key = not-a-secret
[amazon]
type = s3
provider = AWS
region = eu-central-1
[dav]
type = webdav
url = https://bob@cloud.example.com/remote.php/dav
[server]
type = sftp
host = 10.0.0.7
[blaze]
type = b2
account = a
[other]
type = b2
account = b
[tape]
type = opendrive
[here]
type = local
[folder]
type = alias
remote = dav:team
[sealed]
type = crypt
remote = folder:etcd
password = x
[endless]
type = alias
remote = endless:x
`,
  );
});
afterAll(() => rm(directory, { recursive: true }));

const placeOf = (remote: string) =>
  rclonePlace({ remote, configFile: join(directory, 'rclone.conf') });

test.each([
  ['minio:etcd/prod', 's3.example.com'],
  ['amazon:etcd', 's3.eu-central-1.amazonaws.com'],
  ['dav:etcd', 'cloud.example.com'],
  ['sealed:prod', 'cloud.example.com'],
  ['server:/srv/etcd', '10.0.0.7'],
  ['blaze:etcd', 'api.backblazeb2.com'],
  // No host at all, so that no guard takes it for one that is outside.
  ['tape:etcd', '(opendrive backend of rclone)'],
  ['nobody:etcd', '(unknown backend of rclone)'],
  ['endless:etcd', '(alias backend of rclone)'],
])('the bytes of %s go to %s', async (remote, host) => {
  const { endpoint } = await placeOf(remote);
  expect(endpoint).toEqual({ host, evidence: `rclone remote ${remote}` });
});

test.each([
  ['two paths of one bucket', 'minio:etcd/a', 'minio:etcd/b', true],
  ['two buckets', 'minio:etcd', 'minio:vault', false],
  ['a remote and one that wraps it', 'sealed:', 'dav:team', true],
  ['one bucket name of two accounts', 'blaze:etcd', 'other:etcd', false],
])('%s: %s, %s', async (_, first, second, isOne) => {
  expect((await placeOf(first)).place === (await placeOf(second)).place).toBe(isOne);
});

test('a bucket is the same place by rclone and without it', async () => {
  const bucket = { bucket: 'etcd', region: 'any', endpoint: 'http://s3.example.com:9000' };
  expect((await placeOf('minio:etcd')).place).toBe(s3Place(bucket));
});

test('a directory is the same place by rclone and without it, and on this machine', async () => {
  const data = join(directory, 'data');
  expect(await placeOf(`here:${data}`)).toEqual({ place: await directoryIdentity(data) });
});
