import { readFile, writeFile } from 'node:fs/promises';

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { failureDetails } from '../../src/contracts/failures.ts';
import { parseManifest } from '../../src/store/manifest.ts';
import { objectDigest } from '../../src/store/object-digest.ts';
import type { S3Options } from '../../src/store/s3-options.ts';
import { createS3Store } from '../../src/store/s3-store.ts';
import { startVersitygw } from '../store/start-versitygw.ts';
import type { RunningVersitygw } from '../store/start-versitygw.ts';
import { signal } from '../store/store-bench.ts';
import { openScene } from './scene.ts';

let gateway: RunningVersitygw;
let scene: Awaited<ReturnType<typeof openScene>>;
beforeAll(async () => {
  gateway = await startVersitygw();
  await gateway.makeBucket('snapshots', { objectLock: true });
  await gateway.makeBucket('resources');
  scene = await openScene();
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  await gateway?.close();
});

const bucketOf = (bucket: string): S3Options => ({
  bucket,
  region: gateway.region,
  endpoint: gateway.endpoint,
  pathStyle: true,
  prefix: 'platform',
  credentials: { file: gateway.credentialsFile },
});
const storeOf = (bucket: string) => createS3Store({ name: bucket, ...bucketOf(bucket) });

const dayMs = 24 * 60 * 60 * 1000;

const manifestIn = async (bucket: string, key: string) => {
  const store = storeOf(bucket);
  const bytes = Buffer.alloc((await store.stat(key, signal))?.sizeBytes ?? 0);
  await store.read(key, 0, bytes, signal);
  return parseManifest(bytes);
};

/** Starts a worker whose stores are these buckets. */
const startWorkerWith = async (locked: string) => {
  const config: object = JSON.parse(await readFile(scene.configFile, 'utf8'));
  const objectLock = { mode: 'governance', retainFor: '1d' };
  const stores = {
    primary: { s3: { ...bucketOf(locked), objectLock } },
    vault: { s3: bucketOf('resources') },
  };
  await writeFile(scene.configFile, JSON.stringify({ ...config, stores }));
  return await scene.startWorker();
};

test('a run whose bucket does not give the promised lock ends before anything privileged starts', async () => {
  const worker = await startWorkerWith('resources');
  onTestFinished(async () => await worker.kill());
  const failed = (await scene.start()).result();
  const error = await failed.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ cause: { type: 'StoreRefused' } });
  expect(failureDetails(error instanceof Error ? error.cause : error)).toMatchObject({
    step: 'checkCluster',
    nextStep: expect.stringContaining('Object Lock'),
  });
  expect(await scene.leftovers()).toEqual([]);
  expect(await storeOf('resources').list('', signal)).toEqual([]);
});

test('a run stores both files and the manifest in their buckets, and leaves no unfinished upload', async () => {
  const worker = await startWorkerWith('snapshots');
  onTestFinished(async () => await worker.kill());
  const result = await (await scene.start()).result();
  expect(result).toMatchObject({ outcome: 'completed' });
  const [snapshot, tarball] = result.files;
  // The store's own word for what it will keep, in the manifest too.
  const manifest = await manifestIn('snapshots', result.manifest.key);
  expect(manifest.files).toEqual(result.files);
  expect(snapshot?.lock).toEqual(await storeOf('snapshots').lockOf?.(snapshot!.key, signal));
  expect(snapshot?.lock).toEqual({ mode: 'governance', until: expect.stringMatching(/Z$/) });
  expect(Date.parse(snapshot!.lock!.until)).toBeGreaterThan(Date.parse(result.startedAt) + dayMs);
  expect(tarball).not.toHaveProperty('lock');
  for (const [bucket, file] of [
    ['snapshots', snapshot!],
    ['resources', tarball!],
  ] as const) {
    const store = storeOf(bucket);
    expect((await store.list('', signal)).map(({ key }) => key)).toEqual([
      `demo/${result.id}/manifest.json`,
      file.key,
    ]);
    const object = { key: file.key, sizeBytes: file.storedSizeBytes };
    expect(await objectDigest(store, object, { signal })).toBe(file.storedSha256);
    expect(await store.listUploads('', signal)).toEqual([]);
  }
});
