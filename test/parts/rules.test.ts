import { WorkflowFailedError } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { BackupResult } from '../../src/index.ts';
import { openScene } from './scene.ts';

let scene: Awaited<ReturnType<typeof openScene>>;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => await scene?.[Symbol.asyncDispose]());

const failureOf = async (result: Promise<BackupResult>): Promise<unknown> => {
  const error = await result.catch((caught: unknown) => caught);
  return error instanceof WorkflowFailedError ? error.cause : error;
};

describe('a run', () => {
  test('that is cancelled begins its cleanup once the step it was in has ended', async () => {
    await scene.startWorker();
    const { held } = await scene.hold('changeRoot', 'after');
    const handle = await scene.start();
    await held;
    await handle.cancel();
    await handle.result().catch(() => undefined);
    await scene.release();
    const { events = [] } = await handle.fetchHistory();
    const ended = events?.findIndex((event) => event.activityTaskCanceledEventAttributes);
    const cleaning = events?.findIndex(
      ({ activityTaskScheduledEventAttributes: scheduled }) =>
        scheduled?.activityType?.name === 'etcdBackup.removeFiles',
    );
    expect(cleaning).toBeGreaterThan(0);
    expect(ended).toBeGreaterThan(0);
    expect(ended).toBeLessThan(cleaning ?? 0);
  });

  test('whose worker is shut down leaves the script running, and the next one follows it', async () => {
    const node = scene.cluster.node();
    await node.holdScript();
    const first = await scene.startWorker();
    const handle = await scene.start();
    const held = await node.scriptHeld();
    await first.stop();
    expect(await node.run(['kill', '-0', String(held.pid)])).toMatchObject({ exitCode: 0 });
    await scene.startWorker();
    await node.releaseScript();
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    expect(await node.scriptStarts()).toHaveLength(1);
  });

  test('that lost its lease to another ends, and leaves the lease to the other', async () => {
    await scene.startWorker();
    const { held } = await scene.hold('verifySnapshot', 'before');
    const handle = await scene.start();
    await held;
    const [lease] = scene.cluster.objects.leases;
    lease!.spec.holderIdentity = 'another-run1';
    await scene.release();
    expect(await failureOf(handle.result())).toMatchObject({ type: 'LeaseLost' });
    expect(scene.cluster.objects.leases).toMatchObject([
      { spec: { holderIdentity: 'another-run1' } },
    ]);
    expect(await scene.leftovers()).toEqual(['Lease etcd-backup']);
    expect([...(await scene.stored('primary')), ...(await scene.stored('vault'))]).toEqual([]);
  });

  test('stores no byte of a snapshot that the disk of the node damaged', async () => {
    await scene.startWorker();
    const { held } = await scene.hold('verifySnapshot', 'before');
    const handle = await scene.start();
    await held;
    const damage =
      'printf x | dd of="$(ls /home/core/assets/backup/*/backup/snapshot_*.db)" bs=1 seek=20480 conv=notrunc';
    expect(await scene.cluster.node().run(['sh', '-c', damage])).toMatchObject({ exitCode: 0 });
    await scene.release();
    expect(await failureOf(handle.result())).toMatchObject({
      type: 'VerificationFailed',
      message: expect.stringContaining('origin: SHA-256'),
    });
    expect([...(await scene.stored('primary')), ...(await scene.stored('vault'))]).toEqual([]);
    expect(await scene.leftovers()).toEqual([]);
  });

  test('whose cleanup is denied has its backup all the same, and says what is left', async () => {
    await scene.startWorker();
    const fault = scene.cluster.faults.api({ fault: 'deny', verb: 'delete', resource: 'pods' });
    const result = await (await scene.start()).result();
    fault.remove();
    const pod = scene.cluster.objects.pods.find(
      ({ metadata }) => metadata.namespace === scene.cluster.namespace,
    );
    expect(result).toMatchObject({
      outcome: 'completedWithLeftovers',
      leftovers: [
        {
          what: expect.stringContaining('privileged debug pod'),
          where: `etcd-backup/${pod?.metadata.name}`,
        },
      ],
    });
    expect(await scene.stored('primary')).toContain(result.manifest.key);
    expect(scene.cluster.objects.leases).toEqual([]);
  });
});
