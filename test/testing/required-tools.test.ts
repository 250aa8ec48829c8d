import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { requireTools } from '../../src/testing/required-tools.ts';

test('a machine without curl is told so before anything is started', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'required-tools-'));
  onTestFinished(async () => await rm(directory, { recursive: true }));
  const others = ['bash', 'grep', 'gzip', 'nsenter', 'sed', 'setpriv', 'tar', 'unshare'];
  await Promise.all(
    others.map(async (tool) => await symlink(process.execPath, join(directory, tool))),
  );
  expect(() => requireTools(directory)).toThrow(
    'the stand-in cluster needs, on this machine: curl',
  );
  await symlink(process.execPath, join(directory, 'curl'));
  expect(() => requireTools(directory)).not.toThrow();
});
