import type { BackupStore } from '../../../src/store/backup-store.ts';
import { createDirectoryStore } from '../../../src/store/directory-store.ts';
import { createS3Store } from '../../../src/store/s3-store.ts';

/** Where a store is, as plain JSON: any process can open it. */
export type StorePlace =
  | { readonly kind: 's3'; readonly endpoint: string }
  | { readonly kind: 'directory'; readonly directory: string };

process.env['CUSTODY_S3_KEY_ID'] = 'AKIATESTONLY';
process.env['CUSTODY_S3_SECRET'] = 'wJalrXUtnFEMI';

/** What every worker has: nothing in common with others but the place. */
export function openStore(place: StorePlace): BackupStore {
  if (place.kind === 'directory') {
    return createDirectoryStore({ name: 'custody', directory: place.directory });
  }
  return createS3Store({
    name: 'custody',
    bucket: 'backups',
    region: 'eu-central-1',
    endpoint: place.endpoint,
    pathStyle: true,
    credentials: {
      variables: { accessKeyId: 'CUSTODY_S3_KEY_ID', secretAccessKey: 'CUSTODY_S3_SECRET' },
    },
  });
}
