import { expect, test } from 'vitest';

import { ConfigError } from '../../src/config/config-error.ts';
import type { ConfigInput } from '../../src/config/config.ts';
import { defineConfig } from '../../src/config/parse.ts';

const input: ConfigInput = {
  clusters: {
    lab: {
      kubeconfig: { file: 'kubeconfig' },
      stores: { snapshot: 'primary', staticKubeResources: 'primary' },
      deadline: '90m',
    },
  },
  stores: { primary: { directory: '/mnt/backups' } },
};

test('a program can write the configuration as an object, with the same defaults', () => {
  expect(defineConfig(input)).toMatchObject({
    taskQueue: 'etcd-backup',
    clusters: {
      lab: { deadlineMs: 5_400_000, kubeconfig: { file: `${process.cwd()}/kubeconfig` } },
    },
  });
});

test('an object is checked like a file, and its problems have fields instead of lines', () => {
  const wrong = { ...input, stores: {} };
  expect(() => defineConfig(wrong)).toThrow(ConfigError);
  expect(() => defineConfig(wrong)).toThrow(
    'clusters.lab.stores.snapshot: expected a name that stands under stores, got "primary"\n' +
      'clusters.lab.stores.staticKubeResources: expected a name that stands under stores, got "primary"',
  );
});

test('the configuration of a program is not changed by checking it', () => {
  const before = structuredClone(input);
  defineConfig(input);
  expect(input).toEqual(before);
});
