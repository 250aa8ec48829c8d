import { expect, test } from 'vitest';

import { nodeWithoutApi } from '../../src/activities/node-without-api.ts';

const access = 'ssh';
const hosts = { 'master-0': '192.0.2.1', 'master-1': '192.0.2.2' };

test.each(['-oProxyCommand=id', 'core@192.0.2.7', 'master-0 id', 'MASTER-0', '.', ''])(
  'while nobody can say which nodes there are, %j is none',
  (node) => {
    expect(() => nodeWithoutApi({ access }, { node })).toThrow(
      expect.objectContaining({
        type: 'ConfigInvalid',
        nonRetryable: true,
        message: expect.stringContaining("expected a node's name"),
      }),
    );
  },
);

test.each([
  ['under ssh.hosts', { access, ssh: { user: 'core', hosts } }, 'master-0, master-1'],
  ['in the configuration', { access, node: 'master-0' }, 'master-0'],
] as const)('a machine that is not %s is not gone to', (_, cluster, known) => {
  expect(() => nodeWithoutApi(cluster, { node: 'jump.example.com' })).toThrow(
    expect.objectContaining({
      type: 'ConfigInvalid',
      message: expect.stringContaining(`expected one of the configured: ${known}`),
    }),
  );
  expect(nodeWithoutApi(cluster, { node: 'master-0' }).name).toBe('master-0');
});

test('where no node is configured, the request names it', () => {
  const { name } = nodeWithoutApi({ access }, { node: 'master-0.example.com' });
  expect(name).toBe('master-0.example.com');
});
