import { readFile } from 'node:fs/promises';

import { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { azurePolicy } from '../../src/store/azure-policy.ts';
import { createAzureStore } from '../../src/store/azure-store.ts';
import { contentOf, partsOf } from '../store/content.ts';
import { startAzurite } from '../store/start-azurite.ts';
import type { RunningAzurite } from '../store/start-azurite.ts';
import { signal } from '../store/store-bench.ts';

const container = 'backups';
const { permissions } = azurePolicy({ account: 'conformance', container }).sas;

let azurite: RunningAzurite;
beforeAll(async () => {
  azurite = await startAzurite();
  await azurite.makeContainer(container);
});
afterAll(() => azurite?.close());

/** The store of a worker whose SAS token permits this. */
const storeWith = async (permitted: string) => {
  const { endpoint, account } = azurite;
  const credentials = { file: await azurite.sasFile(container, permitted) };
  const place = { account, container, prefix: 'platform', endpoint, pathStyle: true };
  return createAzureStore({ name: 'primary', ...place, credentials });
};

const backUp = async (run: string) => {
  const store = await storeWith(permissions);
  const geometry = { sizeBytes: 1000, partSizeBytes: 1000 };
  const [whole] = partsOf(contentOf('content', 1000), geometry);
  const { part, bytes } = whole!;
  const session = await store.begin({ key: `prod/${run}/snapshot_1.db`, ...geometry }, signal);
  await store.putPart(session, part, bytes, signal);
  await store.commit(session, [part], signal);
  await store.create(`prod/${run}/manifest.json`, Buffer.from('{}'), signal);
  const abandoned = await store.begin({ key: `prod/${run}/other`, ...geometry }, signal);
  await store.abort(abandoned, signal);
  return [await store.list('', signal), await store.listUploads('', signal)];
};

test('the permissions that are printed are enough for a backup', async () => {
  await (await storeWith(permissions)).capabilities(signal);
  expect(await backUp('a')).toEqual([
    [
      { key: 'prod/a/manifest.json', sizeBytes: 2 },
      { key: 'prod/a/snapshot_1.db', sizeBytes: 1000 },
    ],
    [],
  ]);
});

test.for(permissions.split(''))(
  'the lack of %s is found before a backup begins',
  async (permission) => {
    const store = await storeWith(permissions.replace(permission, ''));
    await expect(store.capabilities(signal)).rejects.toMatchObject({
      type: 'StoreDenied',
      message: expect.stringContaining('403'),
      details: [{ nextStep: expect.stringContaining('etcd-backup policy primary') }],
    });
  },
);

test('whoever has these permissions cannot delete a backup', async () => {
  await backUp('b');
  const { endpoint, account } = azurite;
  const token = await readFile(await azurite.sasFile(container, permissions), 'utf8');
  const worker = new ContainerClient(`${endpoint}/${account}/${container}?${token}`);
  const deleted = worker.deleteBlob('platform/prod/b/manifest.json');
  await expect(deleted).rejects.toMatchObject({ statusCode: 403 });
});
