import { fileURLToPath } from 'node:url';

import { s3PartLimits } from '../../src/store/s3-uploads.ts';
import { backupStoreConformance } from './conformance.ts';
import { startFaultyS3 } from './faulty-s3.ts';
import { credentials } from './s3-bench.ts';

const module = fileURLToPath(new URL('open-s3-store.ts', import.meta.url));

backupStoreConformance(
  'a bucket',
  async () => {
    const server = await startFaultyS3();
    const { endpoint } = server;
    const place = { bucket: 'backups', region: 'eu-central-1', prefix: 'a/b', pathStyle: true };
    const location = JSON.stringify({ ...place, endpoint, credentials });
    return { module, location, close: () => server.close() };
  },
  { leastPartSizeBytes: s3PartLimits.leastBytes },
);
