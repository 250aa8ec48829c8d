import type { BackupStore } from '../../src/store/backup-store.ts';
import type { RcloneOptions } from '../../src/store/rclone-options.ts';
import { createRcloneStore } from '../../src/store/rclone-store.ts';
import { putOnPath } from './rclone-on-path.ts';

putOnPath();

/** The rclone store as the conformance suite's processes open it: its options are the location. */
export function openStore(location: string): BackupStore {
  const options: RcloneOptions = JSON.parse(location);
  return createRcloneStore({ name: 'elsewhere', ...options });
}
