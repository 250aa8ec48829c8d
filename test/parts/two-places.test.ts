import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { failureDetails } from '../../src/contracts/failures.ts';
import { waitUntil } from '../../src/testing/index.ts';
import { openScene } from './scene.ts';
import { startWorker } from './start-worker.ts';

let scene: Awaited<ReturnType<typeof openScene>>;
afterEach(async () => await scene[Symbol.asyncDispose]());

const nowhere = '/nowhere/that/any/worker/could/write';

describe('stores that only their own workers can reach', () => {
  beforeEach(async () => {
    scene = await openScene();
  });

  /** Each worker knows both stores by name, and can reach one of them. */
  const startWorkers = async () => {
    const config: { clusters: object } = JSON.parse(await readFile(scene.configFile, 'utf8'));
    const { primary, vault } = scene.stores;
    const own = join(scene.directory, 'vault.yaml');
    const stores = (there: { primary: string; vault: string }) => ({
      primary: { directory: there.primary },
      vault: { directory: there.vault, taskQueue: 'vault' },
    });
    const write = async (file: string, more: object) =>
      await writeFile(file, JSON.stringify({ ...config, ...more }));
    await write(scene.configFile, { stores: stores({ primary, vault: nowhere }) });
    await write(own, { taskQueue: 'vault', stores: stores({ primary: nowhere, vault }) });
    await scene.startWorker();
    return async () => await startWorker([own, scene.temporal.address, scene.directory]);
  };

  /** The steps of a run as they were scheduled. */
  const scheduledIn = async (handle: Awaited<ReturnType<typeof scene.start>>) => {
    const { events } = await handle.fetchHistory();
    return (events ?? []).flatMap(
      ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled ?? [],
    );
  };

  test('get their files, are read back and get the manifest by these alone', async () => {
    const startVaultWorker = await startWorkers();
    const worker = await startVaultWorker();
    const handle = await scene.start({ deadline: '90s' });
    const result = await handle.result();
    await worker.stop();
    expect(result).toMatchObject({ outcome: 'completed', leftovers: [] });
    const manifest = `demo/${result.id}/manifest.json`;
    for (const store of ['primary', 'vault'] as const) {
      const file = result.files.find((each) => each.store === store);
      expect(new Set(await scene.stored(store))).toEqual(new Set([manifest, file?.key]));
    }
    const [one, other] = await Promise.all(
      Object.values(scene.stores).map(async (store) => await readFile(join(store, manifest))),
    );
    expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);

    const elsewhere = (await scheduledIn(handle)).filter(
      ({ taskQueue }) => taskQueue?.name === 'vault',
    );
    expect(elsewhere.map(({ activityType }) => activityType?.name)).toEqual([
      'etcdBackup.checkCluster',
      'etcdBackup.uploadStaticKubeResources',
      'etcdBackup.verifyStored',
      'etcdBackup.commitBackup',
    ]);
    expect(await scene.leftovers()).toEqual([]);
  });

  test('are given up by them too when the run is cancelled in the middle', async () => {
    const startVaultWorker = await startWorkers();
    const worker = await startVaultWorker();
    const { held } = await scene.hold('uploadStaticKubeResources', 'before');
    const handle = await scene.start();
    await held;
    await handle.cancel();
    await scene.release();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    await worker.stop();
    const givenUp = (await scheduledIn(handle)).filter(
      ({ taskQueue, activityType }) =>
        taskQueue?.name === 'vault' && activityType?.name === 'etcdBackup.removeFiles',
    );
    expect(givenUp).toHaveLength(1);
    expect(await scene.leftovers()).toEqual([]);
    const manifests = (await scene.stored('vault')).filter((name) => /manifest/.test(name));
    expect(manifests).toEqual([]);
  });

  test('are refused before anything is made when nobody polls their queue', async () => {
    await startWorkers();
    // Half of the deadline is the longest that a worker is waited for.
    const handle = await scene.start({ deadline: '10s' });
    const error = await handle.result().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ cause: { type: 'StoreUnavailable' } });
    expect(failureDetails(error instanceof Error ? error.cause : error)).toMatchObject({
      step: 'checkCluster',
      observed: 'store vault: not looked at, no worker took it from task queue vault',
      nextStep: expect.stringContaining('etcd-backup worker --task-queue vault'),
    });
    const [own, elsewhere, ...more] = await scheduledIn(handle);
    expect([own?.taskQueue?.name, elsewhere?.taskQueue?.name]).toEqual(['etcd-backup', 'vault']);
    expect(Number(elsewhere?.scheduleToStartTimeout?.seconds)).toBeLessThan(6);
    expect(more).toEqual([]);
    expect(await scene.leftovers()).toEqual([]);
  });

  test('are refused before anything is made when their own worker cannot reach them', async () => {
    const startVaultWorker = await startWorkers();
    await rm(scene.stores.vault, { recursive: true });
    const worker = await startVaultWorker();
    const handle = await scene.start({ deadline: '10s' });
    const error = await handle.result().catch((thrown: unknown) => thrown);
    await worker.stop();
    expect(error).toMatchObject({
      cause: { type: 'StoreUnavailable', message: expect.stringContaining('store=vault') },
    });
    const steps = (await scheduledIn(handle)).map(({ activityType }) => activityType?.name);
    expect(steps).toEqual(['etcdBackup.checkCluster', 'etcdBackup.checkCluster']);
    expect(await scene.leftovers()).toEqual([]);
  });

  test('are waited for when their workers go away later, and a cancel ends that', async () => {
    const startVaultWorker = await startWorkers();
    const worker = await startVaultWorker();
    const { held } = await scene.hold('verifySnapshot', 'before');
    const handle = await scene.start();
    await held;
    await worker.stop();
    await scene.release();
    await waitUntil(
      'the upload on the queue of the vault',
      async () => {
        const { raw } = await handle.describe();
        return raw.pendingActivities?.some(
          ({ activityType }) => activityType?.name === 'etcdBackup.uploadStaticKubeResources',
        )
          ? true
          : undefined;
      },
      60_000,
    );
    await handle.cancel();
    await waitUntil(
      'the node clean',
      async () => ((await scene.leftovers()).length === 0 ? true : undefined),
      60_000,
    );
    await handle.terminate();
    const names = await scene.stored('primary');
    expect(names.filter((name) => name.endsWith('manifest.json'))).toEqual([]);
  });
});

describe('a second place', () => {
  test('gets the whole backup, verified, and its manifest', async () => {
    const copies = [{ snapshot: 'vault', staticKubeResources: 'primary' }];
    scene = await openScene({ config: { copies } });
    await scene.startWorker();
    const result = await (await scene.start()).result();
    expect(result.files.map(({ kind, store }) => `${kind} ${store}`)).toEqual([
      'snapshot primary',
      'snapshot vault',
      'staticKubeResources vault',
      'staticKubeResources primary',
    ]);
    const transport = result.verification.filter(({ level }) => level === 'transport');
    expect(transport.map(({ outcome }) => outcome)).toEqual(Array(4).fill('passed'));
    expect(await scene.stored('vault')).toEqual(await scene.stored('primary'));
    expect(await scene.stored('vault')).toHaveLength(3);
    expect(await scene.leftovers()).toEqual([]);
  });
});
