import { join } from 'node:path';

import { expect, test } from 'vitest';

import { createResolver } from '../../src/config/resolve.ts';
import { complaints, directory, load, small, withLine } from './load-yaml.ts';

const withStore = (yaml: string, base = small) =>
  base.replace('{ directory: /mnt/backups }', `{ s3: ${yaml} }`);
const resolverOf = async (yaml: string) => createResolver(await load(withStore(yaml)));

test('a bucket and its region are enough', async () => {
  const config = await load(withStore('{ bucket: etcd, region: eu-central-1 }'));
  expect(config.stores).toEqual({
    primary: { s3: { bucket: 'etcd', region: 'eu-central-1' } },
  });
});

test('every key of a bucket is read, paths from the folder of the file', async () => {
  const config = await load(
    withStore(`{
      bucket: etcd, region: us-east-1, prefix: backups/prod, endpoint: 'https://s3.example.com:9000',
      pathStyle: true, caFile: ca.pem, credentials: { file: keys, profile: vault },
      objectLock: { mode: compliance, retainFor: 30d }, kmsKey: alias/etcd, storageClass: GLACIER_IR,
      allowUncheckedParts: true, allowOverwriting: false }`),
  );
  expect(config.stores).toEqual({
    primary: {
      s3: {
        bucket: 'etcd',
        region: 'us-east-1',
        prefix: 'backups/prod',
        endpoint: 'https://s3.example.com:9000',
        pathStyle: true,
        caFile: join(directory, 'ca.pem'),
        credentials: { file: join(directory, 'keys'), profile: 'vault' },
        objectLock: { mode: 'compliance', retainForMs: 2_592_000_000 },
        kmsKey: 'alias/etcd',
        storageClass: 'GLACIER_IR',
        allowUncheckedParts: true,
        allowOverwriting: false,
      },
    },
  });
});

test.for([
  [
    'a place of two kinds',
    withStore('{ bucket: etcd, region: eu-central-1 }').replace(
      '{ s3:',
      '{ directory: /mnt/backups, s3:',
    ),
    'etcd-backup.yaml:6:12: stores.primary: expected either directory, s3, azure or rclone, got directory and s3',
  ],
  [
    'an address with credentials in it',
    withStore(
      "{ bucket: etcd, region: eu-1, endpoint: 'https://user:a-password-of-some-length@host' }",
    ),
    'etcd-backup.yaml:6:58: stores.primary.s3.endpoint: expected https://host or https://host:port, without a path, a name or a password, got text of 43 characters',
  ],
  [
    'an address with a path',
    withStore('{ bucket: etcd, region: eu-1, endpoint: https://host/s3 }'),
    'etcd-backup.yaml:6:58: stores.primary.s3.endpoint: expected https://host or https://host:port, without a path, a name or a password, got "https://host/s3"',
  ],
  [
    'a secret in place of the name of its variable',
    withStore(
      '{ bucket: etcd, region: eu-1, credentials: { variables: { accessKeyId: ID, secretAccessKey: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY } } }',
    ),
    'etcd-backup.yaml:6:110: stores.primary.s3.credentials.variables.secretAccessKey: expected the name of an environment variable, got text of 40 characters',
  ],
  [
    'credentials from two places',
    withStore(
      '{ bucket: etcd, region: eu-1, credentials: { file: keys, variables: { accessKeyId: A, secretAccessKey: B } } }',
    ),
    'etcd-backup.yaml:6:61: stores.primary.s3.credentials: expected either variables, or file (with an optional profile), or profile, got variables and file',
  ],
  [
    'a storage class from which nothing can be read at once',
    withStore('{ bucket: etcd, region: eu-1, storageClass: DEEP_ARCHIVE }'),
    'etcd-backup.yaml:6:62: stores.primary.s3.storageClass: expected STANDARD, STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_IR, got "DEEP_ARCHIVE"',
  ],
  [
    'a lock that ends before anybody looks',
    withStore('{ bucket: etcd, region: eu-1, objectLock: { mode: governance, retainFor: 1h } }'),
    'etcd-backup.yaml:6:91: stores.primary.s3.objectLock.retainFor: expected a duration such as 30s, 15m, 24h or 2d, at least 1d, got "1h"',
  ],
  [
    'a prefix that leaves the bucket',
    withStore('{ bucket: etcd, region: eu-1, prefix: ../other }'),
    'etcd-backup.yaml:6:56: stores.primary.s3.prefix: expected segments of letters, digits and ._+- parted by slashes, without one at either end; no segment begins with a dot, got "../other"',
  ],
  [
    'parts that a bucket does not take',
    withStore('{ bucket: etcd, region: eu-1 }', withLine('partSize: 1MiB')),
    'etcd-backup.yaml:5:15: clusters.prod-eu.partSize: expected at least 5MiB, because store primary is s3, got 1024KiB',
  ],
])('names the place of %s', async ([, yaml = '', ...expected]) => {
  expect(await complaints(yaml)).toEqual(expected);
});

test.for([
  ['{ bucket: etcd, region: eu-central-1 }', 's3.eu-central-1.amazonaws.com'],
  ['{ bucket: etcd, region: cn-north-1 }', 's3.cn-north-1.amazonaws.com.cn'],
  [
    "{ bucket: etcd, region: any, endpoint: 'https://s3.apps.example.com:9000' }",
    's3.apps.example.com',
  ],
  ["{ bucket: etcd, region: any, endpoint: 'https://[fd00::1]:9000' }", 'fd00::1'],
] as const)('the bytes of %s go to %s', async ([yaml, host]) => {
  const resolver = await resolverOf(yaml);
  expect(await resolver.storeEndpoint('primary')).toEqual({
    host,
    evidence: 'endpoint of bucket etcd',
  });
});

test('two prefixes of one bucket are one place', async () => {
  const placeOf = async (yaml: string) => await (await resolverOf(yaml)).storePlace('primary');
  const first = await placeOf('{ bucket: etcd, region: eu-1, prefix: a }');
  const second = await placeOf('{ bucket: etcd, region: eu-1, prefix: b }');
  const other = await placeOf('{ bucket: vault, region: eu-1 }');
  expect(first).toBe(second);
  expect(first).not.toBe(other);
});
