import { fileURLToPath } from 'node:url';

import { credentials } from './azure-bench.ts';
import { backupStoreConformance } from './conformance.ts';
import { startFaultyAzure } from './faulty-azure.ts';

const module = fileURLToPath(new URL('open-azure-store.ts', import.meta.url));

backupStoreConformance('a container', async () => {
  const server = await startFaultyAzure();
  const { endpoint } = server;
  const place = { account: 'etcd', container: 'backups', prefix: 'a/b', pathStyle: true };
  const location = JSON.stringify({ ...place, endpoint, credentials });
  return { module, location, close: () => server.close() };
});
