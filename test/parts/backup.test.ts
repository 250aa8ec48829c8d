import { createHash } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { BackupResult, Manifest } from '../../src/index.ts';
import { openScene, readStored } from './scene.ts';

let scene: Awaited<ReturnType<typeof openScene>>;
let result: BackupResult;
beforeAll(async () => {
  scene = await openScene({ nodes: 3 });
  await scene.startWorker();
  result = await (await scene.start({ labels: { ticket: 'OPS-7' } })).result();
});
afterAll(async () => await scene?.[Symbol.asyncDispose]());

test('a run completes with both files in their stores and a manifest in each', async () => {
  expect(result).toMatchObject({ outcome: 'completed', cluster: 'demo', nodeName: 'master-0' });
  const folder = `demo/${result.id}`;
  const [snapshot, tarball] = result.files;
  expect(await scene.stored('primary')).toEqual([
    `${folder}/manifest.json`,
    `${folder}/${snapshot?.name}`,
  ]);
  expect(await scene.stored('vault')).toEqual([
    `${folder}/manifest.json`,
    `${folder}/${tarball?.name}`,
  ]);
});

test('the stored bytes have the sizes and digests that the result tells', async () => {
  for (const [index, store] of (['primary', 'vault'] as const).entries()) {
    const file = result.files[index]!;
    const bytes = await readStored(scene.stores[store], file.key);
    expect(bytes).toHaveLength(file.storedSizeBytes);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(file.storedSha256);
  }
});

test('the manifest says what a restore will ask', async () => {
  const bytes = await readStored(scene.stores.primary, result.manifest.key);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(result.manifest.sha256);
  expect(await readStored(scene.stores.vault, result.manifest.key)).toEqual(bytes);
  const manifest: Manifest = JSON.parse(bytes.toString());
  expect(manifest).toMatchObject({
    format: 'temporal-etcd-backup/1',
    id: result.id,
    openshiftVersion: '4.16.20',
    node: { name: 'master-0', reason: 'Ready, no pressure, MachineConfig Done, etcd member Ready' },
    files: result.files,
    labels: { ticket: 'OPS-7' },
    run: {
      workflowId: 'etcd-backup/demo',
      takes: [{ number: 1, nodeName: 'master-0', ended: 'succeeded' }],
    },
  });
  expect(manifest.nodes).toHaveLength(3);
  expect(new Set(manifest.verification.map(({ level }) => level))).toEqual(
    new Set(['transport', 'origin', 'shape', 'tool']),
  );
});

test('nothing of ours is left on the cluster, and the script was started once', async () => {
  expect(await scene.leftovers()).toEqual([]);
  expect(await scene.cluster.node('master-0').scriptStarts()).toHaveLength(1);
});

test('it takes at most 16 activities and 64 KiB of history', async () => {
  const history = await scene.client.workflow.getHandle('etcd-backup/demo').fetchHistory();
  const scheduled = history.events?.filter((event) => event.activityTaskScheduledEventAttributes);
  expect(scheduled).toHaveLength(14);
  const { historyLength } = await scene.client.workflow.getHandle('etcd-backup/demo').describe();
  expect(historyLength).toBeLessThan(120);
  const { raw } = await scene.client.workflow.getHandle('etcd-backup/demo').describe();
  const bytes = Number(raw.workflowExecutionInfo?.historySizeBytes);
  expect(bytes).toBeGreaterThan(1000);
  expect(bytes).toBeLessThanOrEqual(64 * 1024);
});

test('memo and status tell the outcome', async () => {
  const handle = scene.client.workflow.getHandle('etcd-backup/demo');
  const { memo } = await handle.describe();
  expect(memo?.['etcdBackup']).toEqual({
    outcome: 'completed',
    location: `primary/${result.manifest.key}`,
    bytes: result.files.reduce((sum, file) => sum + file.storedSizeBytes, 0),
  });
  expect(await handle.query('status')).toMatchObject({
    outcome: 'completed',
    nodeName: 'master-0',
    steps: expect.arrayContaining([expect.objectContaining({ state: 'completed' })]),
  });
});
