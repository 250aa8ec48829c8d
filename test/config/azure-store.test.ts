import { join } from 'node:path';

import { expect, test } from 'vitest';

import { createResolver } from '../../src/config/resolve.ts';
import { complaints, directory, load, small } from './load-yaml.ts';

const withStore = (yaml: string) =>
  small.replace('{ directory: /mnt/backups }', `{ azure: ${yaml} }`);
const resolverOf = async (yaml: string) => createResolver(await load(withStore(yaml)));

test('an account and a container are enough', async () => {
  const config = await load(withStore('{ account: etcd, container: backups }'));
  expect(config.stores).toEqual({ primary: { azure: { account: 'etcd', container: 'backups' } } });
});

test('every key of a container is read, paths from the folder of the file', async () => {
  const config = await load(
    withStore(`{
      account: etcd, container: backups, prefix: backups/prod, endpoint: 'https://blob.example.com:9000',
      pathStyle: true, caFile: ca.pem, credentials: { file: sas },
      immutability: { mode: locked, retainFor: 30d }, accessTier: Cool }`),
  );
  expect(config.stores).toEqual({
    primary: {
      azure: {
        account: 'etcd',
        container: 'backups',
        prefix: 'backups/prod',
        endpoint: 'https://blob.example.com:9000',
        pathStyle: true,
        caFile: join(directory, 'ca.pem'),
        credentials: { file: join(directory, 'sas') },
        immutability: { mode: 'locked', retainForMs: 2_592_000_000 },
        accessTier: 'Cool',
      },
    },
  });
});

test.for([
  [
    'a place of two kinds',
    withStore('{ account: etcd, container: backups }').replace(
      '{ azure:',
      '{ directory: /a, azure:',
    ),
    'etcd-backup.yaml:6:12: stores.primary: expected either directory, s3, azure or rclone, got directory and azure',
  ],
  [
    'an account that cannot be one',
    withStore('{ account: Etcd-1, container: backups }'),
    'etcd-backup.yaml:6:32: stores.primary.azure.account: expected the name of a storage account: 3 to 24 of a-z and 0-9, got "Etcd-1"',
  ],
  [
    'a container that cannot be one',
    withStore('{ account: etcd, container: a--b }'),
    'etcd-backup.yaml:6:49: stores.primary.azure.container: expected a container\'s name: 3 to 63 of a-z, 0-9 and single minuses, with a letter or digit at both ends, got "a--b"',
  ],
  [
    'a secret in place of the name of its variable',
    withStore(
      "{ account: etcd, container: backups, credentials: { variable: 'sv=2025&sig=abcdefghijklmnopqrstuvwxyz' } }",
    ),
    'etcd-backup.yaml:6:83: stores.primary.azure.credentials.variable: expected the name of an environment variable, got text of 38 characters',
  ],
  [
    'credentials from two places',
    withStore('{ account: etcd, container: backups, credentials: { file: a, variable: B } }'),
    'etcd-backup.yaml:6:71: stores.primary.azure.credentials: expected either variable or file, got variable and file',
  ],
  [
    'an access tier from which nothing can be read at once',
    withStore('{ account: etcd, container: backups, accessTier: Archive }'),
    'etcd-backup.yaml:6:70: stores.primary.azure.accessTier: expected Hot, Cool, Cold, got "Archive"',
  ],
  [
    'a policy that ends before anybody looks',
    withStore(
      '{ account: etcd, container: backups, immutability: { mode: unlocked, retainFor: 1h } }',
    ),
    'etcd-backup.yaml:6:101: stores.primary.azure.immutability.retainFor: expected a duration such as 30s, 15m, 24h or 2d, at least 1d, got "1h"',
  ],
])('names the place of %s', async ([, yaml = '', ...expected]) => {
  expect(await complaints(yaml)).toEqual(expected);
});

test.for([
  ['{ account: etcd, container: backups }', 'etcd.blob.core.windows.net'],
  [
    "{ account: etcd, container: backups, endpoint: 'https://etcd.blob.core.usgovcloudapi.net' }",
    'etcd.blob.core.usgovcloudapi.net',
  ],
  [
    "{ account: etcd, container: backups, pathStyle: true, endpoint: 'https://[fd00::1]:10000' }",
    'fd00::1',
  ],
] as const)('the bytes of %s go to %s', async ([yaml, host]) => {
  const resolver = await resolverOf(yaml);
  expect(await resolver.storeEndpoint('primary')).toEqual({
    host,
    evidence: 'endpoint of container backups',
  });
});

test('two prefixes of one container are one place, two accounts are not', async () => {
  const placeOf = async (yaml: string) => await (await resolverOf(yaml)).storePlace('primary');
  const first = await placeOf('{ account: etcd, container: backups, prefix: a }');
  const second = await placeOf(
    "{ account: etcd, container: backups, endpoint: 'https://etcd.blob.core.windows.net' }",
  );
  const other = await placeOf('{ account: vault, container: backups }');
  expect(first).toBe(second);
  expect(first).not.toBe(other);
});
