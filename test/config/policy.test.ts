import { expect, test } from 'vitest';

import { clusterConfig, storeConfig } from '../../src/config/look-up.ts';
import { defineConfig } from '../../src/config/parse.ts';
import { policyOf } from '../../src/config/policy.ts';

const input = {
  kubeconfig: { file: '/run/secrets/lab' },
  stores: { snapshot: 'primary', staticKubeResources: 'vault' },
  deadline: '2h',
} as const;
const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';

const config = defineConfig({
  clusters: { lab: input },
  stores: { primary: { directory: '/mnt/a' }, vault: { directory: '/mnt/b' } },
});

test('the policy of a run is the configuration of its cluster, without the way to the cluster', () => {
  expect(policyOf(config, 'lab', {})).toEqual({
    access: 'debugPod',
    mutex: 'lease',
    forceScript: false,
    namespace: 'etcd-backup',
    backupDirectory: '/home/core/assets/backup',
    stores: { snapshot: 'primary', staticKubeResources: 'vault' },
    separateStores: 'auto',
    keepOnNode: 'never',
    deadlineMs: 7_200_000,
    heartbeatTimeoutMs: 30_000,
    noProgressMs: 1_800_000,
    partSizeBytes: 33_554_432,
    transfer: { lanes: 2, compression: 'auto', direct: false },
  });
});

test('what a store asks of a run is in the policy, where it asks for something', () => {
  const asking = defineConfig({
    clusters: {
      lab: { ...input, copies: [{ snapshot: 'elsewhere', staticKubeResources: 'vault' }] },
    },
    stores: {
      primary: { directory: '/mnt/a', compression: 'zstd', taskQueue: 'primary' },
      vault: { directory: '/mnt/b' },
      elsewhere: { directory: '/mnt/c', recipients: [recipient] },
      unnamed: { directory: '/mnt/d', taskQueue: 'unnamed' },
    },
  });
  expect(policyOf(asking, 'lab', {})).toMatchObject({
    copies: [{ snapshot: 'elsewhere', staticKubeResources: 'vault' }],
    storePolicies: {
      primary: { compression: 'zstd', taskQueue: 'primary' },
      elsewhere: { recipients: [recipient] },
    },
  });
});

test("a request's deadline goes before the configuration's", () => {
  expect(policyOf(config, 'lab', { deadline: '30m' }).deadlineMs).toBe(1_800_000);
});

test("a request's deadline that is no time fails for good", () => {
  expect(() => policyOf(config, 'lab', { deadline: '0s' })).toThrow(
    expect.objectContaining({ type: 'ConfigInvalid', nonRetryable: true }),
  );
});

test.for(['other', 'constructor', '__proto__'])(
  'a cluster that this worker does not know, %s, is left to another worker',
  (name) => {
    expect(() => clusterConfig(config, name)).toThrow(
      expect.objectContaining({
        type: 'ClusterNotConfigured',
        nonRetryable: false,
        message: `the worker's configuration has no cluster ${name}, only lab`,
      }),
    );
  },
);

test('a store that this worker does not know is waited for', () => {
  expect(storeConfig(config, 'vault')).toEqual({ directory: '/mnt/b' });
  expect(() => storeConfig(config, 'other')).toThrow(
    expect.objectContaining({ type: 'StoreUnavailable', nonRetryable: false }),
  );
});

test('a run signs its manifest where its configuration names a key, whichever', () => {
  expect(policyOf(config, 'lab', {})).not.toHaveProperty('signManifest');
  const publicKeys = [{ file: '/etc/key.pub' }];
  expect(policyOf({ ...config, signing: { publicKeys } }, 'lab', {})).toMatchObject({
    signManifest: true,
  });
});
