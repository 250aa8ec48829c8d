import { join } from 'node:path';

import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Scene } from './scene.ts';
import { openScene } from './scene.ts';
import type { WorkerProcess } from './start-worker.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');

describe('beside a run that lives', () => {
  let scene: Scene & AsyncDisposable;
  let worker: WorkerProcess;
  beforeAll(async () => {
    scene = await openScene();
    worker = await scene.startWorker();
  });
  afterAll(async () => await scene?.[Symbol.asyncDispose]());

  const etcdBackup = async (...argv: string[]) =>
    await execa(process.execPath, [main, ...argv, '--config', scene.configFile], {
      env: { PATH: process.env['PATH'], TEMPORAL_ADDRESS: scene.temporal.address },
      extendEnv: false,
      reject: false,
    });
  /** As if no worker had renewed it for long: nothing but Temporal knows that the run lives. */
  const expireLease = () => {
    for (const { spec } of scene.cluster.objects.leases)
      spec.renewTime = '2026-01-01T00:00:00.000000Z';
  };

  test('cleanup asks Temporal, and leaves the run alone whose lease expired', async () => {
    const { held } = await scene.hold('uploadSnapshot', 'after');
    const handle = await scene.start();
    await held;
    expireLease();
    const before = await scene.leftovers();
    const cleanup = await etcdBackup('cleanup', 'demo', '--yes');
    expect(cleanup.stdout).toContain('its workflow etcd-backup/demo runs');
    expect(cleanup).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await scene.leftovers()).toEqual(before);
    expect(before.some((each) => each.startsWith('Pod '))).toBe(true);

    const running = await etcdBackup('list', 'demo', '--runs');
    expect(running.stdout).toMatch(/^20.* UTC {2}demo {2}running {2}/);
    await scene.release();
    const { id, manifest } = await handle.result();
    const ended = await etcdBackup('list', 'demo', '--runs', '--json');
    expect(JSON.parse(ended.stdout)).toMatchObject({
      workflowId: 'etcd-backup/demo',
      cluster: 'demo',
      outcome: 'completed',
      location: `${manifest.store}/${manifest.key}`,
      bytes: expect.any(Number),
    });
    expect((await etcdBackup('list', 'demo')).stdout).toContain(`demo/${id}`);
    expect((await etcdBackup('show', 'demo/latest')).stdout).toContain(`backup demo/${id}, `);
    expect((await etcdBackup('list', '--older-than', '1h')).exitCode).toBe(0);
  });

  test('cleanup removes what a run left that was terminated', async () => {
    const { held } = await scene.hold('uploadSnapshot', 'before');
    const handle = await scene.start();
    await held;
    await handle.terminate();
    await worker.kill();
    expireLease();
    expect(await scene.leftovers()).not.toEqual([]);
    const { stdout, exitCode } = await etcdBackup('cleanup', 'demo', '--yes');
    expect(stdout).toContain(', 0 left behind.');
    expect(exitCode).toBe(0);
    expect(await scene.leftovers()).toEqual([]);
    expect((await etcdBackup('list', 'demo', '--runs')).stdout).toMatch(
      /^20.* demo {2}terminated /m,
    );
  });
});
