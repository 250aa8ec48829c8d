import type { AzureStoreOptions } from '../../src/store/azure-options.ts';
import { createAzureStore } from '../../src/store/azure-store.ts';
import type { BackupStore } from '../../src/store/backup-store.ts';

/** The Azure store as the conformance suite's processes open it: its options are the location. */
export function openStore(location: string): BackupStore {
  const options: Omit<AzureStoreOptions, 'name'> = JSON.parse(location);
  return createAzureStore({ name: 'primary', ...options });
}
