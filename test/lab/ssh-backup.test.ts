import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { BackupResult, Manifest } from '../../src/index.ts';
import { waitUntil } from '../../src/testing/index.ts';
import { everyKey } from './every-key.ts';
import { startLabSsh } from './lab-ssh.ts';
import { openLabScene } from './lab-scene.ts';
import type { LabScene } from './lab-scene.ts';
import { restoreAndServe } from './restored-etcd.ts';
import type { RestoredEtcd } from './restored-etcd.ts';

let scene: LabScene;
beforeAll(async () => {
  scene = await openLabScene({
    wayIn: async (lab, directory) => ({
      access: 'ssh',
      ssh: await startLabSsh(lab, directory),
    }),
  });
  await scene.lab.etcdctl(['put', '/canary', 'in etcd']);
});
afterAll(async () => await scene?.[Symbol.asyncDispose]());

const manifestOf = async ({ manifest }: BackupResult): Promise<Manifest> =>
  JSON.parse(await readFile(join(scene.stores.primary, manifest.key), 'utf8'));
const belowBackupDirectory = async (): Promise<string> =>
  await scene.node.run(['find', '/home/core/assets/backup', '-mindepth', '1']);

test('over ssh a backup completes without a pod, and leaves nothing', async () => {
  const worker = await scene.startWorker();
  const result = await (await scene.start()).result();
  await worker.stop();
  expect(result).toMatchObject({ outcome: 'completed', leftovers: [], nodeName: 'master-0' });
  expect(await scene.leftovers()).toEqual([]);
  expect(await readFile(scene.lab.auditLogPath, 'utf8')).not.toContain('/pods/etcd-backup-');
  expect((await manifestOf(result)).overrides).toEqual([]);
});

describe('while the API server is down', () => {
  const reason = 'the API server does not start, and we want a backup before we touch it';
  const overrides = [{ guard: 'apiUnavailable', reason }];
  let result: BackupResult;
  let manifest: Manifest;
  let lock: string;
  let etcd: RestoredEtcd;

  beforeAll(async () => {
    await breakApiServer();
    await scene.node.holdScript('start');
    const worker = await scene.startWorker();
    const handle = await scene.start('lab', { overrides });
    await scene.node.scriptHeld();
    lock = await scene.node.run(['cat', '/home/core/assets/backup/.lock/holder']);
    await scene.node.releaseScript();
    result = await handle.result();
    await worker.stop();
    manifest = await manifestOf(result);
    const [snapshot] = result.files;
    etcd = await restoreAndServe(join(scene.stores.primary, snapshot?.key ?? ''), scene.directory);
  });
  afterAll(async () => await etcd?.close());

  test('a backup completes, is stored, and can be restored', async () => {
    expect(result).toMatchObject({ outcome: 'completed', leftovers: [], nodeName: 'master-0' });
    for (const { store, key, storedSizeBytes } of result.files) {
      const directory = store === 'primary' ? scene.stores.primary : scene.stores.vault;
      expect((await stat(join(directory, key))).size).toBe(storedSizeBytes);
    }
    expect((await everyKey(etcd.endpoint)).get('/canary')).toBe('in etcd');
  });

  test('the node was locked meanwhile, and nothing is left on it', async () => {
    expect(lock).toMatch(/^[a-z0-9]{12}\n$/);
    expect(result.id).toContain(lock.trim());
    expect(await belowBackupDirectory()).toBe('');
  });

  test('the manifest says who went on and why, and takes nothing unknown for good', async () => {
    expect(manifest.overrides).toEqual(overrides);
    const outcomes = new Map(manifest.guards.map(({ guard, outcome }) => [guard, outcome]));
    expect(outcomes.get('apiUnavailable')).toBe('overridden');
    for (const guard of ['operatorsSettled', 'topology', 'fitNode']) {
      expect([guard, outcomes.get(guard)]).toEqual([guard, 'notEvaluated']);
    }
    expect(manifest).not.toHaveProperty('proxyEnabled');
    expect(manifest.script.possiblyDirty).toBe(true);
    expect(manifest.openshiftVersion).toBe('4.16');
  });

  test('without the override it is refused, and says which one it takes', async () => {
    const worker = await scene.startWorker();
    const handle = await scene.start('lab', { deadline: '10m' });
    const failure = await waitUntil(
      'the failed attempt',
      async () => {
        const { pendingActivities } = (await handle.describe()).raw;
        return pendingActivities?.[0]?.lastFailure?.applicationFailureInfo ?? undefined;
      },
      90_000,
    );
    expect(failure.type).toBe('ClusterUnreachable');
    const details = Buffer.from(failure.details?.payloads?.[0]?.data ?? []).toString();
    expect(details).toContain('override apiUnavailable with a reason');
    await handle.cancel();
    await handle.result().catch(() => {});
    await worker.stop();
    expect(await belowBackupDirectory()).toBe('');
  });
});

/** Its static pod is there, as after a bad change, and it does not start. */
async function breakApiServer(): Promise<void> {
  const file = '/etc/kubernetes/manifests/kube-apiserver-pod.yaml';
  const script =
    'sed s/--bind-address=0.0.0.0/--bind-address=nowhere/ "$1" > /run/broken && mv /run/broken "$1"';
  await scene.node.run(['sh', '-c', script, 'sh', file]);
  const isDown = async (): Promise<true | undefined> => {
    const answer = await fetch(`${scene.lab.apiServerUrl}/readyz`).catch((error: unknown) => error);
    return answer instanceof Error && /ECONNREFUSED/.test(String(answer.cause)) ? true : undefined;
  };
  await waitUntil('the end of the API server', isDown, 90_000);
}
