import type { BackupStore } from '../../src/store/backup-store.ts';
import { createDirectoryStore } from '../../src/store/directory-store.ts';

/** The directory store as the conformance suite's processes open it. */
export function openStore(directory: string): BackupStore {
  return createDirectoryStore({ name: 'vault', directory });
}
