import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { backupStoreConformance } from '../store/conformance.ts';
import { openStore } from '../store/open-rclone-store.ts';
import { startVersitygw } from '../store/start-versitygw.ts';
import type { RunningVersitygw } from '../store/start-versitygw.ts';
import { signal } from '../store/store-bench.ts';

const module = fileURLToPath(new URL('../store/open-rclone-store.ts', import.meta.url));

let gateway: RunningVersitygw;
let directory: string;
beforeAll(async () => {
  directory = await temporaryDirectory('rclone');
  // A commit reads its parts while it writes its object.
  gateway = await startVersitygw({ concurrency: 16 });
  await gateway.makeBucket('backups');
});
afterAll(async () => {
  await gateway?.close();
  await rm(directory, { recursive: true });
});

const configFileOf = async ({ endpoint, region, credentialsFile }: RunningVersitygw) => {
  const configFile = join(directory, `${new URL(endpoint).port}.conf`);
  const settings = {
    type: 's3',
    provider: 'Other',
    endpoint,
    region,
    env_auth: 'true',
    shared_credentials_file: credentialsFile,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  await writeFile(configFile, `[bucket]\n${lines.join('\n')}\n`);
  return configFile;
};

let stores = 0;

// Names are given by a copy, and folders are no more than the beginnings of names.
backupStoreConformance('a bucket by rclone', async () => {
  stores += 1;
  const remote = `bucket:backups/store-${stores}`;
  const location = JSON.stringify({ remote, configFile: await configFileOf(gateway) });
  return { module, location, close: async () => {} };
});

test('a bucket that is not there is not made', async () => {
  const configFile = await configFileOf(gateway);
  const store = openStore(JSON.stringify({ remote: 'bucket:absent/etcd', configFile }));
  await expect(store.capabilities(signal)).rejects.toMatchObject({
    type: 'StoreUnavailable',
    message: expect.stringContaining('not there'),
  });
});
