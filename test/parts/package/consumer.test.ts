import { createHash } from 'node:crypto';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CancelledFailure } from '@temporalio/common';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { ManifestReference } from '../../../src/index.ts';
import { openScene, readStored } from '../scene.ts';
import { installConsumers, packageJson, repository } from './install-consumers.ts';
import type { Consumers } from './install-consumers.ts';

let consumers: Consumers;
beforeAll(async () => {
  consumers = await installConsumers();
});
afterAll(async () => await consumers?.[Symbol.asyncDispose]());

test('the package holds the build, the documents and nothing else', () => {
  const roots = new Set(consumers.packedFiles.map((path) => path.split('/')[0]));
  const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'docs', 'package.json'];
  for (const root of roots) expect([...documents, 'dist']).toContain(root);
  for (const entry of ['dist/index.js', 'dist/index.d.ts', 'dist/cli/main.js', 'LICENSE']) {
    expect(consumers.packedFiles).toContain(entry);
  }
  // A `.ts` beside a `.js` breaks the bundle of who embeds us.
  expect(consumers.packedFiles.filter((path) => /(?<!\.d)\.ts$/.test(path))).toEqual([]);
});

test('the command is there', async () => {
  const command = join(consumers.directory, 'node_modules', '.bin', 'etcd-backup');
  const { version } = await packageJson(repository);
  const help = await execa(command, ['--help'], { preferLocal: true, localDir: repository });
  expect(help.stdout).toContain('Usage: etcd-backup');
  const said = await execa(command, ['--version'], { preferLocal: true, localDir: repository });
  expect(said.stdout).toBe(version);
});

describe.each([
  { format: 'ESM', project: 'esm', extension: 'ts' },
  { format: 'CommonJS', project: 'commonjs', extension: 'js' },
] as const)('a consumer project, as $format', ({ project, extension }) => {
  test('loads every entry', async () => {
    const { name, exports } = await packageJson(repository);
    const entries = Object.keys(exports)
      .filter((entry) => entry !== './package.json')
      .map((entry) => name + entry.slice(1));
    expect(entries).toHaveLength(7);
    const load = project === 'esm' ? 'await import(entry)' : 'require(entry)';
    const program = `for (const entry of ${JSON.stringify(entries)}) console.log(entry, Object.keys(${load}).length > 0)`;
    const type = project === 'esm' ? 'module' : 'commonjs';
    const argv = [`--input-type=${type}`, '--eval', program];
    const { stdout } = await execa(process.execPath, argv, { cwd: consumers[project] });
    expect(stdout.split('\n')).toEqual(entries.map((entry) => `${entry} true`));
  });

  test('finds the types, strict', async () => {
    const directory = consumers[project];
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2024',
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
    };
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    await copyFile(join(import.meta.dirname, 'typed.ts'), join(directory, 'typed.ts'));
    const tsc = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
    const checked = await execa(process.execPath, [tsc], { cwd: directory, reject: false });
    expect(checked.stdout).toBe('');
    expect(checked.exitCode).toBe(0);
  });

  describe('with a workflow of its own', () => {
    let scene: Awaited<ReturnType<typeof openScene>>;
    beforeAll(async () => {
      scene = await openScene();
      await copyFile(scene.configFile, join(consumers[project], 'etcd-backup.yaml'));
    });
    afterAll(async () => await scene?.[Symbol.asyncDispose]());

    const run = (program: string, argv: readonly string[] = []) =>
      execa(process.execPath, [`${program}.${extension}`, ...argv], {
        cwd: consumers[project],
        env: { TEMPORAL_ADDRESS: scene.temporal.address, TEMPORAL_NAMESPACE: 'default' },
        reject: false,
      });

    /** Runs `act` beside a worker of the project; fails with what the worker said when that ends first. */
    async function withWorker<T>(act: () => Promise<T>): Promise<T> {
      const worker = run('worker');
      const ended = worker.then(({ stderr }) => {
        throw new Error(`the worker ended: ${stderr.slice(-2000)}`);
      });
      try {
        return await Promise.race([act(), ended]);
      } finally {
        worker.kill('SIGTERM');
        await worker;
      }
    }

    test('backs up through executeBackup', async () => {
      const started = await withWorker(async () => await run('start', ['demo']));
      expect(started).toMatchObject({ exitCode: 0 });
      const manifest: ManifestReference = JSON.parse(started.stdout);
      expect(manifest.store).toBe('primary');
      const bytes = await readStored(scene.stores.primary, manifest.key);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(manifest.sha256);
      expect(await scene.stored('vault')).toContain(manifest.key);
      expect(await scene.leftovers()).toEqual([]);
      const child = await scene.client.workflow.getHandle('etcd-backup/demo').describe();
      expect(child).toMatchObject({
        type: 'etcdBackup',
        taskQueue: 'platform-dr',
        parentExecution: { workflowId: 'platform-dr/demo' },
      });
    });

    test('cancelled, waits until the backup has cleaned up', async () => {
      const { client, cluster } = scene;
      const node = cluster.node();
      await node.holdScript();
      const parent = await withWorker(async () => {
        const started = await client.workflow.start('platformDr', {
          workflowId: 'platform-dr/cancelled',
          taskQueue: 'platform-dr',
          args: ['demo'],
        });
        await node.scriptHeld();
        await started.cancel();
        await expect(started.result()).rejects.toHaveProperty(
          'cause',
          expect.any(CancelledFailure),
        );
        // The parent's end comes after the child's, whose cleanup then is over.
        expect(await scene.leftovers()).toEqual([]);
        return await started.describe();
      });
      await node.releaseScript();
      expect(parent.status.name).toBe('CANCELLED');
      const child = await client.workflow.getHandle('etcd-backup/demo').describe();
      expect(child.status.name).toBe('CANCELLED');
    });
  });
});
