import { rename } from 'node:fs/promises';

import { WorkflowFailedError } from '@temporalio/client';
import { afterEach, expect, test } from 'vitest';

import { openScene } from './scene.ts';

let scene: Awaited<ReturnType<typeof openScene>> | undefined;
afterEach(async () => await scene?.[Symbol.asyncDispose]());

/** A run whose snapshot store goes away before the upload, and stays away until the deadline. */
async function runWithoutStore(keepOnNode: 'never' | 'onUploadFailure') {
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
  const left = await scene.leftovers();
  return { cause: error instanceof WorkflowFailedError ? error.cause : error, left };
}

test('a store that stays away until the deadline: the failure names it, and the node is clean', async () => {
  const { cause, left } = await runWithoutStore('never');
  expect(cause).toMatchObject({
    type: 'StoreUnavailable',
    details: [{ step: 'uploadSnapshot', observed: expect.stringContaining('primary') }],
  });
  expect(left).toEqual([]);
});

test('with keepOnNode: onUploadFailure the verified files stay, and the failure says where', async () => {
  const { cause, left } = await runWithoutStore('onUploadFailure');
  const kept = left.filter((file) => /\/backup\/(snapshot|static_kube)/.test(file));
  expect(kept).toHaveLength(2);
  const directory = kept[0]?.slice(0, kept[0].lastIndexOf('/'));
  expect(cause).toMatchObject({
    type: 'StoreUnavailable',
    details: [{ leftovers: [{ where: `master-0:${directory}` }] }],
  });
  expect(left.filter((what) => /^(Pod|Lease)/.test(what))).toEqual([]);
});
