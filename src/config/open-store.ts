import { createAzureStore } from '../store/azure-store.ts';
import type { BackupStore } from '../store/backup-store.ts';
import { createDirectoryStore } from '../store/directory-store.ts';
import { createRcloneStore } from '../store/rclone-store.ts';
import { createS3Store } from '../store/s3-store.ts';
import type { Config } from './config.ts';
import { storeConfig } from './look-up.ts';

/**
 * The store of this name. Touches nothing until it is used; apart from the resolver, so that who only reads stores loads
 * nothing of the cluster.
 *
 * @throws `StoreUnavailable`, retryable, where the configuration has no such store
 */
export function openStore(config: Config, name: string): BackupStore {
  const store = storeConfig(config, name);
  if ('s3' in store) return createS3Store({ name, ...store.s3 });
  if ('azure' in store) return createAzureStore({ name, ...store.azure });
  if ('rclone' in store) return createRcloneStore({ name, ...store.rclone });
  return createDirectoryStore({ name, directory: store.directory });
}
