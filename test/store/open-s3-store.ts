import type { BackupStore } from '../../src/store/backup-store.ts';
import type { S3StoreOptions } from '../../src/store/s3-options.ts';
import { createS3Store } from '../../src/store/s3-store.ts';

/** The S3 store as the conformance suite's processes open it: its options are the location. */
export function openStore(location: string): BackupStore {
  const options: Omit<S3StoreOptions, 'name'> = JSON.parse(location);
  return createS3Store({ name: 'primary', ...options });
}
