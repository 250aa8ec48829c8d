import { afterEach, expect, test } from 'vitest';

import type { BackupWorkflow } from '../../src/index.ts';
import { openScene } from './scene.ts';

let scene: Awaited<ReturnType<typeof openScene>> | undefined;
afterEach(async () => await scene?.[Symbol.asyncDispose]());

test('the Temporal server is killed while the script runs: the run goes on from its file', async () => {
  scene = await openScene({ durable: true });
  const node = scene.cluster.node();
  await node.holdScript();
  await scene.startWorker();
  const handle = await scene.start();
  await node.scriptHeld();
  await scene.restartTemporal();
  await node.releaseScript();
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  expect(await node.scriptStarts()).toHaveLength(1);
  expect(await scene.leftovers()).toEqual([]);
});

test.each(['first', 'last'] as const)(
  'the run is reset to its %s workflow task while the script runs: the new run follows the same script',
  async (which) => {
    scene = await openScene();
    const { client, cluster } = scene;
    const node = cluster.node();
    await node.holdScript();
    await scene.startWorker();
    const handle = await scene.start();
    await node.scriptHeld();
    const { events } = await handle.fetchHistory();
    const tasks = events?.filter((event) => event.workflowTaskCompletedEventAttributes);
    const task = which === 'first' ? tasks?.at(0) : tasks?.at(-1);
    const { runId } = await client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: handle.workflowId },
      reason: 'test',
      requestId: 'reset-1',
      workflowTaskFinishEventId: task?.eventId ?? null,
    });
    const reset = client.workflow.getHandle<BackupWorkflow>(handle.workflowId, runId);
    await scene.inStep(reset, 'runBackupScript');
    await node.releaseScript();
    expect(await reset.result()).toMatchObject({ outcome: 'completed', leftovers: [] });
    expect(await node.scriptStarts()).toHaveLength(1);
    expect(await scene.leftovers()).toEqual([]);
  },
);

test.each(['the pod is deleted', 'the node reboots'])(
  '%s while the script runs: a new take, one start per take',
  async (what) => {
    scene = await openScene();
    const { cluster } = scene;
    const node = cluster.node();
    await node.holdScript();
    await scene.startWorker();
    const handle = await scene.start();
    const first = await node.scriptHeld();
    if (what === 'the node reboots') {
      await node.reboot();
    } else {
      const pod = cluster.objects.pods.find(({ metadata }) => metadata.namespace === 'etcd-backup');
      await cluster.faults.killPod('etcd-backup', pod!.metadata.name);
    }
    await node.releaseScript();
    const result = await handle.result();
    expect(first.point).toBe('snapshot');
    expect(result).toMatchObject({ outcome: 'completed' });
    const starts = await node.scriptStarts();
    expect(starts.map((argument) => /-(\d)\/backup$/.exec(argument)?.[1])).toEqual(['1', '2']);
    expect(await scene.leftovers()).toEqual([]);
  },
);

test('every exec connection is cut again and again: the bytes are identical all the same', async () => {
  const transfer = { lanes: 1, compression: 'off' };
  scene = await openScene({ keys: 5000, config: { partSize: '256KiB', transfer } });
  const command = /while read -r offset/;
  const cut = scene.cluster.faults.exec({ fault: 'cut', command, afterBytes: 400_000 });
  await scene.startWorker();
  const result = await (await scene.start()).result();
  await cut.struck();
  expect(result.verification.filter(({ level }) => level === 'transport')).toHaveLength(2);
  expect(await scene.leftovers()).toEqual([]);
});
