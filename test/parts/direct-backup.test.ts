import { readFile, writeFile } from 'node:fs/promises';

import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';

import type { BackupResult } from '../../src/index.ts';
import { objectDigest } from '../../src/store/object-digest.ts';
import { createS3Store } from '../../src/store/s3-store.ts';
import { historyText } from '../lab/history-text.ts';
import { startVersitygw } from '../store/start-versitygw.ts';
import type { RunningVersitygw } from '../store/start-versitygw.ts';
import { signal } from '../store/store-bench.ts';
import { openScene } from './scene.ts';
import { startStorageGate } from './storage-gate.ts';
import type { StorageGate } from './storage-gate.ts';

let storage: RunningVersitygw;
let gate: StorageGate;
let scene: Awaited<ReturnType<typeof openScene>>;
beforeAll(async () => {
  storage = await startVersitygw();
  await storage.makeBucket('snapshots');
  await storage.makeBucket('resources');
  gate = await startStorageGate(storage.endpoint);
  scene = await openScene({ config: { transfer: { direct: true } } });
  const config: object = JSON.parse(await readFile(scene.configFile, 'utf8'));
  const stores = { primary: { s3: placeOf('snapshots') }, vault: { s3: placeOf('resources') } };
  await writeFile(scene.configFile, JSON.stringify({ ...config, stores }));
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  await gate?.[Symbol.asyncDispose]();
  await storage?.close();
});
beforeEach(() => void gate.parts.splice(0));

const placeOf = (bucket: string) => ({
  bucket,
  region: storage.region,
  endpoint: gate.endpoint,
  caFile: gate.caFile,
  pathStyle: true,
  credentials: { file: storage.credentialsFile },
});

/** Who sent the parts of a file. */
const sendersOf = ({ key }: BackupResult['files'][number]) =>
  gate.parts.filter(({ path }) => path.endsWith(key)).map(({ sender }) => sender);

async function expectWhole({ files }: BackupResult): Promise<void> {
  for (const [index, bucket] of ['snapshots', 'resources'].entries()) {
    const { key, storedSizeBytes: sizeBytes, storedSha256 } = files[index]!;
    const store = createS3Store({ name: bucket, ...placeOf(bucket) });
    expect(await objectDigest(store, { key, sizeBytes }, { signal })).toBe(storedSha256);
    expect(await store.listUploads('', signal)).toEqual([]);
  }
}

test('a run whose node sends both files itself leaves no request anywhere', async () => {
  const worker = await scene.startWorker();
  onTestFinished(async () => await worker.kill());
  const handle = await scene.start();
  const result = await handle.result();
  expect(result).toMatchObject({ outcome: 'completed', leftovers: [] });
  expect(result.warnings.join()).not.toContain('by the worker');
  expect(result.files.map(sendersOf)).toEqual([['node'], ['node']]);
  await expectWhole(result);
  expect(await scene.leftovers()).toEqual([]);

  const commands = scene.cluster.requests.flatMap(({ command = [] }) => command).join(' ');
  expect(commands).toContain('--upload-file');
  const kept = [await historyText(handle), commands, worker.output(), JSON.stringify(result)];
  expect(kept.join('\n')).not.toMatch(/X-Amz-(Signature|Credential)=/);
});

test('a worker that is killed while the node sends: a second one ends it, and the bytes are identical', async () => {
  const first = await scene.startWorker();
  const part = gate.hold(/snapshot_.*\.db$/);
  const handle = await scene.start();
  await part.held;
  await first.kill();
  part.release();
  const second = await scene.startWorker();
  onTestFinished(async () => await second.kill());
  const result = await handle.result();
  expect(result).toMatchObject({ outcome: 'completed', leftovers: [] });
  await expectWhole(result);
  expect(new Set(result.files.flatMap(sendersOf))).toEqual(new Set(['node']));
  expect(await scene.leftovers()).toEqual([]);
});
