import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Manifest } from '../../src/index.ts';
import { openLabScene } from './lab-scene.ts';
import type { LabScene } from './lab-scene.ts';

let scene: LabScene;
beforeAll(async () => {
  scene = await openLabScene();
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

describe('while the script runs on the real node', () => {
  let startsBefore: number;
  beforeEach(async () => {
    await scene.node.releaseScript();
    startsBefore = (await scene.node.scriptStarts()).length;
  });
  const starts = async (): Promise<readonly string[]> =>
    (await scene.node.scriptStarts()).slice(startsBefore);

  test('the worker is killed: a second one follows the same script to the end', async () => {
    const { node } = scene;
    await node.holdScript();
    const first = await scene.startWorker();
    const handle = await scene.start();
    const held = await node.scriptHeld();
    await first.kill();

    const second = await scene.startWorker();
    expect(await node.scriptHeld()).toEqual(held);
    await node.releaseScript();
    expect(await handle.result()).toMatchObject({ outcome: 'completed', leftovers: [] });
    expect(await starts()).toHaveLength(1);
    expect(await scene.leftovers()).toEqual([]);
    await second.stop();
  });

  test('the pod is deleted: the run completes all the same, with one start per take', async () => {
    const { node, cluster } = scene;
    await node.holdScript();
    const worker = await scene.startWorker();
    const handle = await scene.start();
    await node.scriptHeld();
    await cluster.deleteDebugPod();
    await node.releaseScript();
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'completed', leftovers: [] });
    // Whether the script outlives its pod is the container engine's affair.
    const { run }: Manifest = JSON.parse(
      await readFile(join(scene.stores.primary, result.manifest.key), 'utf8'),
    );
    const directories = await starts();
    expect(directories).toEqual(
      run.takes.map(({ number }) => `/home/core/assets/backup/${run.name}-${number}/backup`),
    );
    expect(await scene.leftovers()).toEqual([]);
    await worker.stop();
  });

  test('the run is cancelled: the script is stopped, and nothing is left', async () => {
    const { node } = scene;
    await node.holdScript();
    const worker = await scene.startWorker();
    const handle = await scene.start();
    const { pid } = await node.scriptHeld();
    await handle.cancel();
    const error = await handle.result().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(error).toHaveProperty('cause', expect.any(CancelledFailure));
    expect(await node.isRunning(pid)).toBe(false);
    expect(await starts()).toHaveLength(1);
    expect(await scene.leftovers()).toEqual([]);
    await worker.stop();
  });
});
