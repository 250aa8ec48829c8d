import { executeBackup } from '../../src/embed.ts';
import type { BackupRequest, BackupResult } from '../../src/embed.ts';

/** A workflow of somebody else's, whose backup is served by our workers. */
export async function platformDr(request: BackupRequest): Promise<BackupResult> {
  return await executeBackup(request, { taskQueue: 'etcd-backup' });
}
