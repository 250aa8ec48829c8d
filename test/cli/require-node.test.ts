import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { requireNode } from '../../src/cli/require-node.ts';

test.each(['22.19.0', '22.20.1', '24.0.0'])('Node %s will do', (version) => {
  expect(() => requireNode(version)).not.toThrow();
});

test.each(['20.20.2', '22.18.0', '18.19.0'])('Node %s is refused by name', (version) => {
  expect(() => requireNode(version)).toThrow(
    expect.objectContaining({
      exitCode: 2,
      report: expect.objectContaining({
        observed: `this is Node ${version}, expected Node 22.19 or newer`,
      }),
    }),
  );
});

test('the package says the same to npm', async () => {
  const { engines } = JSON.parse(await readFile('package.json', 'utf8'));
  expect(engines.node).toBe('>=22.19');
});
