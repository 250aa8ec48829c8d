import type { ManifestReference } from 'temporal-etcd-backup/contracts';
import { executeBackup } from 'temporal-etcd-backup/embed';

// A worker bundles one module, and what it exports is what the worker can run: ours beside yours.
export * from 'temporal-etcd-backup/workflows';

/**
 * Prepares a platform for the worst. The backup is a child workflow: it ends with the references of what it stored, or
 * with one failure of docs/failures.md. Cancelled, this workflow waits until the backup has cleaned up after itself.
 */
export async function platformDr(cluster: string): Promise<ManifestReference> {
  const { manifest } = await executeBackup({ cluster });
  return manifest;
}
