import { fileURLToPath } from 'node:url';

import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { startBackup, workflowType } from '../../src/index.ts';
import type { BackupRequest, BackupWorkflow, RunStatus } from '../../src/index.ts';
import { waitUntil } from '../../src/testing/index.ts';
import { bundleWorkflows } from '../../src/worker.ts';
import { openScene } from './scene.ts';
import type { platformDr } from './start-backup-workflows.ts';

// One of these workflows is meant to fail, which a worker says at length.
Runtime.install({ logger: new DefaultLogger('ERROR') });

let scene: Awaited<ReturnType<typeof openScene>>;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(async () => await scene?.[Symbol.asyncDispose]());

const request: BackupRequest = {
  cluster: 'demo',
  deadline: '2h',
  overrides: [{ guard: 'operatorsSettled', reason: 'OPS-7' }],
  labels: { ticket: 'OPS-7', team: 'storage' },
};
const workflowId = 'etcd-backup/demo';

// Nobody polls in these: a run that was started stays as it is.
describe('a start', () => {
  afterEach(async () => await scene.client.workflow.getHandle(workflowId).terminate('test'));

  test('takes the id of its cluster, which a second start by hand cannot have', async () => {
    const { handle, joined } = await startBackup(scene.client, request);
    expect(joined).toBe(false);
    expect(handle.workflowId).toBe(workflowId);
    const byHand = scene.client.workflow.start(workflowType.backup, {
      workflowId,
      taskQueue: 'etcd-backup',
      args: [request],
    });
    await expect(byHand).rejects.toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
  });

  test('of the same request joins the run, whatever the order of its fields', async () => {
    const { handle } = await startBackup(scene.client, request);
    const { runId } = await handle.describe();
    const same: BackupRequest = {
      labels: { team: 'storage', ticket: 'OPS-7' },
      overrides: [{ reason: 'OPS-7', guard: 'operatorsSettled' }],
      deadline: '2h',
      cluster: 'demo',
    };
    const second = await startBackup(scene.client, same);
    expect(second.joined).toBe(true);
    expect((await second.handle.describe()).runId).toBe(runId);
  });

  test.each<{ readonly what: string; readonly other: BackupRequest }>([
    { what: 'without a field', other: { cluster: 'demo' } },
    { what: 'with another deadline', other: { ...request, deadline: '3h' } },
    { what: 'with one label more', other: { ...request, labels: { ...request.labels, x: 'y' } } },
  ])('$what is refused, naming the workflow and the run', async ({ other }) => {
    const { handle } = await startBackup(scene.client, request);
    const { runId } = await handle.describe();
    await expect(startBackup(scene.client, other)).rejects.toMatchObject({
      type: 'DifferentRequestRunning',
      nonRetryable: true,
      message: expect.stringContaining(`[workflowId=${workflowId} runId=${runId}]`),
    });
  });

  test('under an id that a workflow of another type has is refused, naming both', async () => {
    const other = await scene.client.workflow.start('nightlyReport', {
      workflowId,
      taskQueue: 'etcd-backup',
      args: [request],
      memo: { etcdBackupRequest: request },
    });
    await expect(startBackup(scene.client, request)).rejects.toMatchObject({
      type: 'DifferentRequestRunning',
      message: expect.stringMatching(
        `nightlyReport .*\\[workflowId=${workflowId} runId=${other.firstExecutionRunId}\\]`,
      ),
    });
  });
});

describe('a backup that is the child of a workflow', () => {
  test('is joined by the same request, and by no other', async () => {
    const { client, temporal, cluster } = scene;
    const connection = await NativeConnection.connect({ address: temporal.address });
    const worker = await Worker.create({
      connection,
      taskQueue: 'platform-dr',
      workflowBundle: await bundleWorkflows(
        fileURLToPath(new URL('start-backup-workflows.ts', import.meta.url)),
      ),
    });
    const node = cluster.node();
    await node.holdScript();
    const backups = await scene.startWorker();
    await worker.runUntil(async () => {
      const start = async (id: string) =>
        await client.workflow.start<typeof platformDr>('platformDr', {
          workflowId: id,
          taskQueue: 'platform-dr',
          args: [request],
        });
      const parent = await start('platform-dr');
      await node.scriptHeld();

      const second = await startBackup(client, request);
      expect(second.joined).toBe(true);
      await expect(startBackup(client, { cluster: 'demo' })).rejects.toMatchObject({
        type: 'DifferentRequestRunning',
      });
      // A child cannot join: the other parent learns that a backup runs, and ends.
      const other = await start('platform-dr-2');
      await expect(other.result()).rejects.toHaveProperty(
        'cause.message',
        expect.stringMatching(/already/i),
      );

      await node.releaseScript();
      const result = await parent.result();
      expect(result).toMatchObject({ outcome: 'completed' });
      expect(await second.handle.result()).toEqual(result);
    });
    await backups.stop();
    await connection.close();
    expect(await node.scriptStarts()).toHaveLength(1);
    expect(await scene.leftovers()).toEqual([]);
  });
});

describe('two runs of one cluster under different ids', () => {
  test('meet at the lease: the second waits, names the holder, and goes on when it is free', async () => {
    const { handles, first } = await twoRuns();
    const message = await refusal(handles.second);
    expect(message).toContain(`held by run ${first.name}`);
    expect(podsOfOurs()).toEqual([first.pod]);
    await scene.cluster.node().releaseScript();
    expect(await handles.first.result()).toMatchObject({ outcome: 'completed' });
    expect(await handles.second.result()).toMatchObject({ outcome: 'completed' });
    expect(await scene.leftovers()).toEqual([]);
  });

  test('a second one that is cancelled while it waits leaves the pod, the files and the lease of the first alone', async () => {
    const { handles, first } = await twoRuns();
    await refusal(handles.second);
    await handles.second.cancel();
    const error = await handles.second.result().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(error).toHaveProperty('cause', expect.any(CancelledFailure));
    expect(podsOfOurs()).toEqual([first.pod]);
    expect(holder()).toBe(first.name);
    await scene.cluster.node().releaseScript();
    expect(await handles.first.result()).toMatchObject({ outcome: 'completed' });
    const starts = await scene.cluster.node().scriptStarts();
    expect(starts.filter((argument) => argument.includes(first.name))).toHaveLength(1);
    expect(await scene.leftovers()).toEqual([]);
  });

  let worker: Awaited<ReturnType<typeof scene.startWorker>>;
  beforeAll(async () => {
    worker = await scene.startWorker();
  });
  afterAll(async () => await worker.stop());

  /** The first one's script is held; the second one has been started. */
  async function twoRuns() {
    const node = scene.cluster.node();
    await node.holdScript();
    const first = await scene.start();
    await node.scriptHeld();
    const { id } = await first.query<RunStatus>('status');
    const name = id.split('-')[1] ?? '';
    const second = await scene.client.workflow.start<BackupWorkflow>(workflowType.backup, {
      workflowId: 'nightly/demo',
      taskQueue: 'etcd-backup',
      args: [{ cluster: 'demo' }],
    });
    const [pod] = podsOfOurs();
    expect(pod?.name).toContain(name);
    return { handles: { first, second }, first: { name, pod } };
  }

  function podsOfOurs() {
    const { objects, namespace } = scene.cluster;
    return [...objects.pods.values()]
      .filter(({ metadata }) => metadata.namespace === namespace)
      .map(({ metadata: { name, uid, deletionTimestamp } }) => ({ name, uid, deletionTimestamp }));
  }

  function holder() {
    const [lease] = [...scene.cluster.objects.leases.values()];
    return lease?.spec.holderIdentity;
  }
});

/** What the lease told the run that waits for it, as an operator reads it in Temporal. */
async function refusal(handle: WorkflowHandle<BackupWorkflow>): Promise<string> {
  return await waitUntil(
    'the lease refused',
    async () => {
      const { raw } = await handle.describe();
      const pending = raw.pendingActivities?.find(
        ({ activityType }) => activityType?.name === 'etcdBackup.acquireLease',
      );
      const { message, applicationFailureInfo } = pending?.lastFailure ?? {};
      return applicationFailureInfo?.type === 'LeaseBusy' ? (message ?? '') : undefined;
    },
    60_000,
  );
}
