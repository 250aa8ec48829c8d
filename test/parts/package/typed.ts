// Only type-checked, in projects outside the repository: what the package's types let pass, and what they refuse.
import type { Client } from '@temporalio/client';
import type { NativeConnection, Worker } from '@temporalio/worker';
import { loadConfig, startBackup } from 'temporal-etcd-backup';
import { createActivities } from 'temporal-etcd-backup/activities';
import { failureCatalogue } from 'temporal-etcd-backup/contracts';
import type { BackupRequest, BackupResult, FailureType } from 'temporal-etcd-backup/contracts';
import { executeBackup } from 'temporal-etcd-backup/embed';
import { startStandInCluster } from 'temporal-etcd-backup/testing';
import type { StandInCluster } from 'temporal-etcd-backup/testing';
import { createBackupWorker } from 'temporal-etcd-backup/worker';
import { etcdBackup } from 'temporal-etcd-backup/workflows';

export async function inWorkflow(request: BackupRequest): Promise<string> {
  // @ts-expect-error a request names its cluster
  await executeBackup({});
  // @ts-expect-error a deadline has a unit
  await executeBackup({ cluster: 'demo', deadline: '24' });
  // @ts-expect-error what keeps a child safe is not an option
  await executeBackup(request, { parentClosePolicy: 'ABANDON' });
  const { manifest, outcome } = await executeBackup(request, { taskQueue: 'etcd-backup' });
  // @ts-expect-error only these outcomes are results
  if (outcome === 'failed') return '';
  return manifest.sha256;
}

export async function onHost(client: Client, connection: NativeConnection): Promise<BackupResult> {
  const config = await loadConfig('etcd-backup.yaml');
  const worker: Worker = await createBackupWorker({ config, connection });
  // @ts-expect-error activities have their names on the wire
  void createActivities(config).checkCluster;
  const { handle, joined } = await startBackup(client, { cluster: 'demo', deadline: '24h' });
  // @ts-expect-error it says whether it joined, not how often
  if (joined === 1) worker.shutdown();
  return await handle.result();
}

export const cluster: Promise<StandInCluster> = startStandInCluster();
export const workflow: (request: BackupRequest) => Promise<BackupResult> = etcdBackup;
export const isRetryable: boolean = failureCatalogue.LeaseBusy.retryable;
// @ts-expect-error the catalogue is closed
export const unknown: FailureType = 'SomethingElse';
