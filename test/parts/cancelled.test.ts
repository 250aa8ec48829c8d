import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { steps } from '../../src/index.ts';
import type { Step } from '../../src/index.ts';
import { openScene } from './scene.ts';

let scene: Awaited<ReturnType<typeof openScene>>;
beforeAll(async () => {
  scene = await openScene();
  await scene.startWorker();
});
afterAll(async () => await scene?.[Symbol.asyncDispose]());

const cleanup = new Set<Step>(['removeFiles', 'endDebugSession', 'releaseLease']);
// Only a run that resumes another has that step; kept-files.test.ts cancels such a run.
const taking = steps.filter((step) => step !== 'findKeptTake');
const cases = taking.flatMap((step) => [
  { step, when: 'before' as const },
  { step, when: 'after' as const },
]);

describe('a run that is cancelled', () => {
  test.each(cases.filter(({ step }) => !cleanup.has(step)))(
    '$when $step ends as cancelled and leaves nothing behind',
    async ({ step, when }) => {
      const { held } = await scene.hold(step, when);
      const handle = await scene.start();
      await held;
      await handle.cancel();
      const error = await handle.result().catch((caught: unknown) => caught);
      await scene.release();
      expect(error).toBeInstanceOf(WorkflowFailedError);
      expect(error).toHaveProperty('cause', expect.any(CancelledFailure));
      expect(await scene.leftovers()).toEqual([]);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      const isBackup = step === 'commitBackup' && when === 'after';
      const id = (await handle.query<{ id: string }>('status')).id;
      const stored = [...(await scene.stored('primary')), ...(await scene.stored('vault'))];
      expect(stored.includes(`demo/${id}/manifest.json`)).toBe(isBackup);
    },
  );

  test.each(cases.filter(({ step }) => cleanup.has(step)))(
    '$when $step: the backup stands and its cleanup goes on to the end',
    async ({ step, when }) => {
      const { held } = await scene.hold(step, when);
      const handle = await scene.start();
      await held;
      await handle.cancel();
      await scene.release();
      expect(await handle.result()).toMatchObject({ outcome: 'completed' });
      expect(await scene.leftovers()).toEqual([]);
    },
  );

  test('while the script runs: the script is stopped and its partial files are removed', async () => {
    const node = scene.cluster.node();
    await node.holdScript('snapshot');
    const handle = await scene.start();
    const { pid } = await node.scriptHeld();
    await handle.cancel();
    await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
    expect((await node.run(['kill', '-0', String(pid)])).exitCode).not.toBe(0);
    await node.releaseScript();
    expect(await scene.leftovers()).toEqual([]);
  });
});

describe('a run whose heartbeat timeout is long', () => {
  let patient: Awaited<ReturnType<typeof openScene>>;
  beforeAll(async () => {
    patient = await openScene({ config: { heartbeatTimeout: '5m' } });
    await patient.startWorker();
  });
  afterAll(async () => await patient?.[Symbol.asyncDispose]());

  // A worker that leaves the pace of heartbeats to the SDK sends none for a minute.
  test('hears of a cancel long before it', { timeout: 62_000 }, async () => {
    const { held } = await patient.hold('uploadSnapshot', 'before');
    const handle = await patient.start();
    await held;
    await handle.cancel();
    await expect(handle.result()).rejects.toHaveProperty('cause', expect.any(CancelledFailure));
    expect(await patient.leftovers()).toEqual([]);
  });
});
