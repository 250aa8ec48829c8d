import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { openScene, readStored } from './scene.ts';

let scene: Awaited<ReturnType<typeof openScene>>;
beforeAll(async () => {
  // Small parts, one after the other and as they are, so that an upload can be interrupted between them.
  const transfer = { lanes: 1, compression: 'off' };
  scene = await openScene({ keys: 3000, config: { partSize: '64KiB', transfer } });
});
afterAll(async () => await scene?.[Symbol.asyncDispose]());

describe('a worker that is killed', () => {
  test('while the script runs: a second one follows the same script to the end', async () => {
    const node = scene.cluster.node();
    const before = (await node.scriptStarts()).length;
    await node.holdScript('snapshot');
    const first = await scene.startWorker();
    const handle = await scene.start();
    const held = await node.scriptHeld();
    await first.kill();

    const second = await scene.startWorker();
    expect(await node.scriptHeld()).toEqual(held);
    await node.releaseScript();
    expect(await handle.result()).toMatchObject({ outcome: 'completed', leftovers: [] });
    expect(await node.scriptStarts()).toHaveLength(before + 1);
    expect(await scene.leftovers()).toEqual([]);
    await second.stop();
  });

  test('while a file uploads: a second one sends the rest, and the bytes are identical', async () => {
    const node = scene.cluster.node();
    const before = (await node.scriptStarts()).length;
    // The range session of the upload stands still in the middle of the file.
    const stall = scene.cluster.faults.exec({
      fault: 'stall',
      command: /while read -r offset length/,
      afterBytes: 10 * 64 * 1024,
      times: 1,
    });
    const first = await scene.startWorker();
    const handle = await scene.start();
    await scene.inStep(handle, 'uploadSnapshot');
    await stall.struck();
    await first.kill();
    stall.remove();

    const second = await scene.startWorker();
    const result = await handle.result();
    const [snapshot] = result.files;
    const bytes = await readStored(scene.stores.primary, snapshot!.key);
    expect(bytes).toHaveLength(snapshot!.sizeBytes);
    expect(result.outcome).toBe('completed');
    expect(await node.scriptStarts()).toHaveLength(before + 1);
    expect(await scene.leftovers()).toEqual([]);
    await second.stop();
  });
});
