import { rename } from 'node:fs/promises';

import { WorkflowFailedError } from '@temporalio/client';
import { afterEach, expect, test } from 'vitest';

import { openScene } from './scene.ts';

let scene: Awaited<ReturnType<typeof openScene>> | undefined;
afterEach(async () => await scene?.[Symbol.asyncDispose]());

test.each(['never', 'onUploadFailure'] as const)(
  'a store that stays away until the deadline, keepOnNode %s: what is left is told',
  async (keepOnNode) => {
    scene = await openScene({ config: { keepOnNode } });
    await scene.startWorker();
    const { held } = await scene.hold('uploadSnapshot', 'before');
    const handle = await scene.start({ deadline: '25s' });
    await held;
    const away = `${scene.stores.primary}-away`;
    await rename(scene.stores.primary, away);
    await scene.release();
    const error = await handle.result().catch((caught: unknown) => caught);
    await rename(away, scene.stores.primary);

    expect(error).toBeInstanceOf(WorkflowFailedError);
    const details: unknown = error instanceof WorkflowFailedError ? error.cause : undefined;
    expect(details).toMatchObject({
      type: 'StoreUnavailable',
      details: [{ step: 'uploadSnapshot', observed: expect.stringContaining('primary') }],
    });
    const { id } = await handle.query<{ id: string }>('status');
    const runName = id.split('-')[1];
    const files = await scene.cluster.node().find('/home/core/assets/backup');
    const kept = files.filter((file) => /\/backup\/(snapshot|static_kube)/.test(file));
    expect(kept).toHaveLength(keepOnNode === 'never' ? 0 : 2);
    if (keepOnNode === 'onUploadFailure') {
      expect(details).toMatchObject({
        details: [{ leftovers: [{ where: expect.stringContaining(`${runName}-1/backup`) }] }],
      });
    }
    expect((await scene.leftovers()).filter((left) => /^(Pod|Lease)/.test(left))).toEqual([]);
  },
);
