import { readFile, writeFile } from 'node:fs/promises';

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import type { AzureOptions } from '../../src/store/azure-options.ts';
import { createAzureStore } from '../../src/store/azure-store.ts';
import { failureDetails } from '../../src/contracts/failures.ts';
import { objectDigest } from '../../src/store/object-digest.ts';
import { startAzurite } from '../store/start-azurite.ts';
import type { RunningAzurite } from '../store/start-azurite.ts';
import { signal } from '../store/store-bench.ts';
import { openScene } from './scene.ts';

let azurite: RunningAzurite;
let scene: Awaited<ReturnType<typeof openScene>>;
let credentials: { readonly file: string };
beforeAll(async () => {
  azurite = await startAzurite();
  await azurite.makeContainer('snapshots');
  credentials = { file: await azurite.sasFile('snapshots', 'rwl') };
  scene = await openScene();
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  await azurite?.close();
});

const snapshots = (): AzureOptions => ({
  account: azurite.account,
  container: 'snapshots',
  prefix: 'platform',
  endpoint: azurite.endpoint,
  pathStyle: true,
  credentials,
});

/** Starts a worker whose snapshots go to the container; the other store stays the directory that it is. */
const startWorkerWith = async (more: object = {}) => {
  const config: { stores: object } = JSON.parse(await readFile(scene.configFile, 'utf8'));
  const stores = { ...config.stores, primary: { azure: { ...snapshots(), ...more } } };
  await writeFile(scene.configFile, JSON.stringify({ ...config, stores }));
  return await scene.startWorker();
};

test('a run whose container does not give the promised immutability ends before anything privileged starts', async () => {
  const immutability = { mode: 'unlocked', retainFor: '1d' };
  const worker = await startWorkerWith({ immutability });
  onTestFinished(async () => await worker.kill());
  const failed = (await scene.start()).result();
  const error = await failed.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ cause: { type: 'StoreRefused' } });
  expect(failureDetails(error instanceof Error ? error.cause : error)).toMatchObject({
    step: 'checkCluster',
    nextStep: expect.stringContaining('immutability'),
  });
  expect(await scene.leftovers()).toEqual([]);
});

test('a run stores the snapshot and the manifest in a container, and leaves no unfinished upload', async () => {
  const worker = await startWorkerWith();
  onTestFinished(async () => await worker.kill());
  const result = await (await scene.start()).result();
  expect(result).toMatchObject({ outcome: 'completed' });
  const [snapshot] = result.files;
  const store = createAzureStore({ name: 'primary', ...snapshots() });
  expect((await store.list('', signal)).map(({ key }) => key)).toEqual([
    `demo/${result.id}/manifest.json`,
    snapshot!.key,
  ]);
  const object = { key: snapshot!.key, sizeBytes: snapshot!.storedSizeBytes };
  expect(await objectDigest(store, object, { signal })).toBe(snapshot!.storedSha256);
  expect(await store.listUploads('', signal)).toEqual([]);
});
