import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { bundleWorkflows, workflowsPath } from '../../src/worker.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'etcd-backup-bundle-'));
});
afterAll(async () => await rm(directory, { recursive: true }));

test('the workflows bundle for the sandbox: no node: import, no schema library', async () => {
  const { code } = await bundleWorkflows(workflowsPath());
  expect(code).toContain('async function etcdBackup(');
  expect(code).not.toMatch(/node_modules\/(zod|yaml|ws|@kubernetes)\//);
});

test('the workflow module exports workflows and nothing else', async () => {
  expect(Object.keys(await import('../../src/workflows/index.ts'))).toEqual([
    'etcdBackup',
    'etcdBackupCheck',
  ]);
});

test('a module that cannot be bundled is refused with its reason', async () => {
  const broken = join(directory, 'broken.ts');
  await writeFile(broken, "export { readFileSync } from 'node:fs';\n");
  await expect(bundleWorkflows(broken)).rejects.toThrow(/could not be bundled[^]*node:/);
});
