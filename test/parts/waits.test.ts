import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { BackupWorkflow, Manifest } from '../../src/index.ts';
import { condition, named } from '../../src/testing/index.ts';
import { openScene, readStored } from './scene.ts';
import { hourMs, installed, recheck, status, waiting } from './waiting-run.ts';
import type { WorkerProcess } from './start-worker.ts';

let scene: Awaited<ReturnType<typeof openScene>>;
let worker: WorkerProcess;
beforeAll(async () => {
  scene = await openScene({ config: { beforeFirstCertificateRotation: 'wait' } });
  worker = await scene.startWorker();
});
afterAll(async () => await scene?.[Symbol.asyncDispose]());

function podsMade(): number {
  return scene.cluster.requests.filter(
    ({ verb, resource }) => verb === 'create' && resource === 'pods',
  ).length;
}

const decided = { who: 'ada', reason: 'OPS-7: the upgrade cannot wait' };

describe('a cluster in its first day', () => {
  let before: number;
  let handle: WorkflowHandle<BackupWorkflow>;
  beforeEach(async () => {
    before = podsMade();
    await installed(scene.cluster, 2 * hourMs);
    handle = await scene.start();
    await waiting(handle);
  });
  afterEach(async () => {
    await handle.cancel().catch(() => {});
    await handle.result().catch(() => {});
    await installed(scene.cluster, 90 * 24 * hourMs);
  });

  test('is waited for: no pod is made, and the run says until when and why', async () => {
    const { until, reason, guards } = await waiting(handle);
    const rotation = Date.parse(scene.cluster.objects.clusterVersion.metadata.creationTimestamp);
    expect(Date.parse(until)).toBe(rotation + 24 * hourMs);
    expect(reason).toContain('firstCertificateRotation');
    expect(guards).toContainEqual(
      expect.objectContaining({ guard: 'firstCertificateRotation', outcome: 'waiting', until }),
    );
    expect(podsMade()).toBe(before);
    expect(await scene.leftovers()).toEqual([]);
  });

  test('the timer says in the Temporal UI what it is for', async () => {
    const { events = [] } = await handle.fetchHistory();
    const timer = events?.find((event) => event.timerStartedEventAttributes);
    const summary = Buffer.from(timer?.userMetadata?.summary?.data ?? []).toString();
    expect(summary).toMatch(/^"until 20\S+Z: firstCertificateRotation: /);
  });

  test('a recheck ends the wait, and where nothing has changed it waits again', async () => {
    const result = await recheck(handle, decided);
    expect(result).toMatchObject({ outcome: 'waiting' });
    expect((await waiting(handle)).reason).toContain('firstCertificateRotation');
    expect(podsMade()).toBe(before);
  });

  test('a recheck with an override lets the backup begin; who and why stand in the manifest', async () => {
    const override = { guard: 'firstCertificateRotation', reason: 'signers were checked by hand' };
    expect(await recheck(handle, { ...decided, overrides: [override] })).toMatchObject({
      outcome: 'ready',
    });
    const { manifest, warnings } = await handle.result();
    const bytes = await readStored(scene.stores.primary, manifest.key);
    const written: Manifest = JSON.parse(bytes.toString());
    expect(written.overrides).toEqual([{ ...override, who: 'ada' }]);
    expect(written.run.rechecks).toEqual([{ ...decided, at: expect.stringMatching(/^20\S+Z$/) }]);
    expect(written.guards).toContainEqual(
      expect.objectContaining({ guard: 'firstCertificateRotation', outcome: 'overridden' }),
    );
    expect(warnings).toContainEqual(expect.stringContaining('signers were checked by hand'));
  });

  test('a recheck that meets a refusal says so, and the run ends with it', async () => {
    const { conditions } = named(scene.cluster.objects.clusterOperators, 'etcd').status;
    const progressing = condition(conditions, 'Progressing');
    progressing.status = 'True';
    try {
      expect(await recheck(handle, decided)).toMatchObject({
        outcome: 'refused',
        observed: expect.stringContaining('operatorsSettled'),
      });
      await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'GuardRefused' } });
    } finally {
      progressing.status = 'False';
    }
    expect(podsMade()).toBe(before);
  });

  test.each([
    ['without who', { reason: 'because' }, /expected \{ who, reason/],
    ['without a reason', { who: 'ada', reason: ' ' }, /expected \{ who, reason/],
    [
      'with an override of a guard that does not exist',
      { ...decided, overrides: [{ guard: 'firstRotation', reason: 'a typo' }] },
      /no guard firstRotation, expected one of .*firstCertificateRotation/,
    ],
  ])('a recheck %s is rejected, and the run waits on', async (_, request, message) => {
    const error: unknown = await recheck(handle, request).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
    expect(error).toMatchObject({ cause: { message: expect.stringMatching(message) } });
    expect((await status(handle)).wait).toBeDefined();
  });

  test('a cancel ends the wait, and there is nothing to clean up', async () => {
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(podsMade()).toBe(before);
    expect(await scene.leftovers()).toEqual([]);
  });
});

test('a wait ends by itself, also when the worker died in it', async () => {
  await installed(scene.cluster, 24 * hourMs - 12_000);
  const handle = await scene.start();
  await waiting(handle);
  await worker.kill();
  worker = await scene.startWorker();
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  await installed(scene.cluster, 90 * 24 * hourMs);
});

test('where nothing waits, a recheck is rejected', async () => {
  await scene.hold('acquireLease', 'before');
  const handle = await scene.start();
  await scene.inStep(handle, 'acquireLease');
  const error: unknown = await recheck(handle, decided).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ cause: { message: expect.stringContaining('nothing waits') } });
  await scene.release();
  await handle.result();
});
