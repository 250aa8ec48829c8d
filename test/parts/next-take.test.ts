import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { handlers } from '../../src/index.ts';
import type { Manifest, RecheckResult, RunStatus } from '../../src/index.ts';
import { condition, named, waitUntil } from '../../src/testing/index.ts';
import { encryptEtcd } from './encrypt-etcd.ts';
import { openScene, readStored } from './scene.ts';

let scene: Awaited<ReturnType<typeof openScene>>;
beforeAll(async () => {
  scene = await openScene({ nodes: 3 });
  await scene.startWorker();
});
afterAll(async () => await scene?.[Symbol.asyncDispose]());
afterEach(async () => await scene.release());

async function failureOf(result: Promise<unknown>): Promise<Error> {
  const error: unknown = await result.catch((caught: unknown) => caught);
  if (error instanceof WorkflowFailedError && error.cause instanceof Error) return error.cause;
  throw new Error('the run did not fail', { cause: error });
}

async function manifestOf(result: {
  readonly manifest: { readonly key: string };
}): Promise<Manifest> {
  return JSON.parse((await readStored(scene.stores.primary, result.manifest.key)).toString());
}

async function startsOn(name: string): Promise<number> {
  return (await scene.cluster.node(name).scriptStarts()).length;
}

const kubeconfig =
  '/etc/kubernetes/static-pod-resources/kube-apiserver-certs/secrets/node-kubeconfigs/localhost.kubeconfig';

describe('a node that cannot take the snapshot', () => {
  test('is left for the next fit one, before its script has run', async () => {
    const before = await startsOn('master-0');
    await scene.cluster.node('master-0').fillDisk({ leaveBytes: 1024 * 1024 });
    try {
      const result = await (await scene.start()).result();
      expect(result).toMatchObject({ outcome: 'completed', nodeName: 'master-1' });
      expect(await startsOn('master-0')).toBe(before);
      const { node, run } = await manifestOf(result);
      expect(node.name).toBe('master-1');
      expect(node.reason).toMatch(/master-0: .*freeSpace/);
      expect(run.takes).toEqual([
        { number: 1, nodeName: 'master-0', ended: 'unfit' },
        { number: 2, nodeName: 'master-1', ended: 'succeeded' },
      ]);
      expect(await scene.leftovers()).toEqual([]);
    } finally {
      await scene.cluster.node('master-0').freeDisk();
    }
  });

  test('is left when its script asks for another one, and none of its files are stored', async () => {
    const node = scene.cluster.node('master-0');
    const content = await node.readFile(kubeconfig);
    await node.remove(kubeconfig);
    try {
      const result = await (await scene.start()).result();
      const { node: taken, run } = await manifestOf(result);
      expect(taken.name).toBe('master-1');
      expect(run.takes).toEqual([
        { number: 1, nodeName: 'master-0', ended: 'otherNode' },
        { number: 2, nodeName: 'master-1', ended: 'succeeded' },
      ]);
      const stored = [...(await scene.stored('primary')), ...(await scene.stored('vault'))];
      expect(stored.filter((name) => name.includes(result.id))).toHaveLength(4);
      expect(await scene.leftovers()).toEqual([]);
    } finally {
      await node.writeFile(kubeconfig, content, 0o600);
    }
  });

  test.each(['removeFiles', 'endDebugSession'] as const)(
    'is left clean, also when the run is cancelled in %s between two takes',
    async (step) => {
      await scene.cluster.node('master-0').fillDisk({ leaveBytes: 1024 * 1024 });
      try {
        const { held } = await scene.hold(step, 'before');
        const handle = await scene.start();
        await held;
        await handle.cancel();
        // The workflow has seen the cancel, and has not passed it on to the step.
        const events = await waitUntil('a cancel that was seen', async () => {
          const history = (await handle.fetchHistory()).events ?? [];
          const asked = history.findIndex(
            (event) => event.workflowExecutionCancelRequestedEventAttributes,
          );
          const after = asked < 0 ? [] : history.slice(asked);
          return after.some((event) => event.workflowTaskCompletedEventAttributes)
            ? after
            : undefined;
        });
        expect(events.filter((event) => event.activityTaskCancelRequestedEventAttributes)).toEqual(
          [],
        );
        await scene.release();
        const cancelled = { cause: { name: 'CancelledFailure' } };
        await expect(handle.result()).rejects.toMatchObject(cancelled);
        expect(await scene.leftovers()).toEqual([]);
      } finally {
        await scene.cluster.node('master-0').freeDisk();
      }
    },
  );

  test('fails the run where it was named, with its own reason', async () => {
    await scene.cluster.node('master-2').fillDisk({ leaveBytes: 1024 * 1024 });
    try {
      const failed = await failureOf((await scene.start({ node: 'master-2' })).result());
      expect(failed).toMatchObject({
        type: 'NodeDiskFull',
        message: expect.stringContaining('freeSpace'),
        details: [{ step: 'changeRoot' }],
      });
    } finally {
      await scene.cluster.node('master-2').freeDisk();
    }
  });

  test('is named with all others where none is fit, each tried once', async () => {
    const nodes = scene.cluster.nodes;
    await Promise.all(nodes.map(async (node) => await node.fillDisk({ leaveBytes: 1024 * 1024 })));
    try {
      const failed = await failureOf((await scene.start()).result());
      expect(failed).toMatchObject({ type: 'NodeDiskFull' });
      expect(failed.message).toMatch(/master-0: .*\| master-1: .*\| master-2: /);
      expect(await scene.leftovers()).toEqual([]);
    } finally {
      await Promise.all(nodes.map(async (node) => await node.freeDisk()));
    }
  });
});

describe('a rollout that begins between the guards and the script', () => {
  test('is waited for without a pod, and the script is tried again', async () => {
    const { conditions } = named(scene.cluster.objects.clusterOperators, 'kube-apiserver').status;
    const progressing = condition(conditions, 'Progressing');
    const { held } = await scene.hold('runBackupScript', 'before');
    const handle = await scene.start();
    await held;
    progressing.status = 'True';
    await scene.release();
    try {
      const wait = await waitUntil(
        'a wait',
        async () => (await handle.query<RunStatus>(handlers.status.name)).wait,
        60_000,
      );
      expect(wait.reason).toContain('rollout');
      expect(await scene.leftovers()).toEqual(['Lease etcd-backup']);
      progressing.status = 'False';
      const args = [{ who: 'ada', reason: 'the rollout has ended' }] as const;
      const update = handlers.recheck.name;
      const answer = await handle.executeUpdate<RecheckResult, [object]>(update, {
        args: [...args],
      });
      expect(answer.outcome).toBe('ready');
    } finally {
      progressing.status = 'False';
    }
    const result = await handle.result();
    const { run } = await manifestOf(result);
    expect(run.takes.map(({ ended }) => ended)).toEqual(['retryLater', 'succeeded']);
    expect(run.rechecks).toMatchObject([{ who: 'ada', reason: 'the rollout has ended' }]);
    expect(await scene.leftovers()).toEqual([]);
  });
});

describe('keys of etcd encryption that change while the snapshot is taken', () => {
  beforeEach(async () => await encryptEtcd(scene.cluster, 'completed'));

  test('cost one more take, and the manifest tells the same keys before and after it', async () => {
    const node = scene.cluster.node('master-0');
    const { held } = await scene.hold('verifySnapshot', 'before');
    const handle = await scene.start();
    await held;
    await node.setEncryptionConfig(['2', '1']);
    await scene.release();
    const result = await handle.result();
    const { run, encryption } = await manifestOf(result);
    expect(run.takes).toEqual([
      { number: 1, nodeName: 'master-0', ended: 'keysChanged' },
      { number: 2, nodeName: 'master-0', ended: 'succeeded' },
    ]);
    expect(encryption).toMatchObject({ type: 'aescbc', keysBefore: { keyNames: ['2', '1'] } });
    expect(encryption?.keysAfter).toEqual(encryption?.keysBefore);
    expect(await scene.leftovers()).toEqual([]);
  });

  test('fail the run when they change again', async () => {
    const node = scene.cluster.node('master-0');
    const first = await scene.hold('verifySnapshot', 'before');
    const handle = await scene.start();
    await first.held;
    await node.setEncryptionConfig(['2', '1']);
    const second = await scene.hold('changeRoot', 'after');
    await second.held;
    const third = await scene.hold('verifySnapshot', 'before');
    await third.held;
    await node.setEncryptionConfig(['3', '2', '1']);
    await scene.release();
    const failed = await failureOf(handle.result());
    expect(failed).toMatchObject({
      type: 'VerificationFailed',
      message: expect.stringContaining('the keys of etcd encryption changed'),
    });
    expect(await scene.leftovers()).toEqual([]);
  });
});
