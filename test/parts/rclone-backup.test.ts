import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { objectDigest } from '../../src/store/object-digest.ts';
import { createRcloneStore } from '../../src/store/rclone-store.ts';
import { putOnPath } from '../store/rclone-on-path.ts';
import { startWebdav } from '../store/start-webdav.ts';
import type { RunningWebdav } from '../store/start-webdav.ts';
import { signal } from '../store/store-bench.ts';
import { openScene } from './scene.ts';

let server: RunningWebdav;
let scene: Awaited<ReturnType<typeof openScene>>;
beforeAll(async () => {
  putOnPath();
  server = await startWebdav();
  scene = await openScene();
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  await server?.close();
});

test('a run stores one file in a directory and the other on a remote, with the manifest in both', async () => {
  await mkdir(join(server.directory, 'vault'));
  const remote = { remote: 'dav:vault', configFile: server.configFile };
  const config: object = JSON.parse(await readFile(scene.configFile, 'utf8'));
  const stores = { primary: { directory: scene.stores.primary }, vault: { rclone: remote } };
  await writeFile(scene.configFile, JSON.stringify({ ...config, stores }));
  const worker = await scene.startWorker();
  onTestFinished(async () => await worker.kill());
  const result = await (await scene.start()).result();
  expect(result).toMatchObject({ outcome: 'completed' });
  const [snapshot, tarball] = result.files;
  expect(await scene.stored('primary')).toContain(snapshot!.key);
  const vault = createRcloneStore({ name: 'vault', ...remote });
  const manifest = `demo/${result.id}/manifest.json`;
  expect((await vault.list('', signal)).map(({ key }) => key)).toEqual([manifest, tarball!.key]);
  const object = { key: tarball!.key, sizeBytes: tarball!.storedSizeBytes };
  expect(await objectDigest(vault, object, { signal })).toBe(tarball!.storedSha256);
  expect(await readdir(join(server.directory, 'vault', '.uploads'))).toEqual([]);
  expect(await scene.leftovers()).toEqual([]);
});
