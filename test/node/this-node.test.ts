import { expect, test } from 'vitest';

import { requireThisNode } from '../../src/node/this-node.ts';

test.each([
  ['master-0', 'master-0'],
  ['master-0.example.com', 'master-0'],
  ['master-0', 'master-0.example.com'],
  ['master-0', 'Master-0'],
])('node %s is a machine that calls itself %s', (nodeName, name) => {
  expect(() => requireThisNode(nodeName, { name, uid: 0 })).not.toThrow();
});

test.each([
  ['master-1', 'master-0'],
  ['master-0.a.example.com', 'master-0.b.example.com'],
  ['master-01', 'master-0'],
])('node %s is not a machine that calls itself %s: another one may be tried', (nodeName, name) => {
  expect(() => requireThisNode(nodeName, { name, uid: 0 })).toThrow(
    expect.objectContaining({
      type: 'NodeUnfit',
      nonRetryable: true,
      message: expect.stringContaining(`the worker runs on ${name}, expected ${nodeName}`),
    }),
  );
});

test('a worker that is not root is refused', () => {
  expect(() => requireThisNode('master-0', { name: 'master-0', uid: 1000 })).toThrow(
    expect.objectContaining({
      type: 'ConfigInvalid',
      message: expect.stringContaining('uid 1000, expected root'),
    }),
  );
});
