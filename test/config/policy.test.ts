import { expect, test } from 'vitest';

import { clusterConfig, storeConfig } from '../../src/config/look-up.ts';
import { defineConfig } from '../../src/config/parse.ts';
import { policyOf } from '../../src/config/policy.ts';

const config = defineConfig({
  clusters: {
    lab: {
      kubeconfig: { file: '/run/secrets/lab' },
      stores: { snapshot: 'primary', staticKubeResources: 'vault' },
      deadline: '2h',
    },
  },
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
