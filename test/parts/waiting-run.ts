import type { WorkflowHandle } from '@temporalio/client';

import { handlers } from '../../src/index.ts';
import type { BackupWorkflow, RecheckRequest, RecheckResult, RunStatus } from '../../src/index.ts';
import { named, signerBundle, waitUntil } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';

export const hourMs = 60 * 60_000;

/** Makes the cluster one that was installed so long ago, and whose signers were rotated an hour after. */
export async function installed(cluster: StandInCluster, agoMs: number): Promise<void> {
  const at = Date.now() - agoMs;
  const day = 24 * hourMs;
  const { clusterVersion, configMaps } = cluster.objects;
  clusterVersion.metadata.creationTimestamp = new Date(at).toISOString();
  const bundle = named(configMaps, 'csr-controller-ca');
  const signer = { notBefore: new Date(at + hourMs), notAfter: new Date(Date.now() + 30 * day) };
  bundle.data = { 'ca-bundle.crt': await signerBundle([signer]) };
}

export async function status(handle: WorkflowHandle<BackupWorkflow>): Promise<RunStatus> {
  return await handle.query<RunStatus>(handlers.status.name);
}

/** What the run waits for, as soon as it waits. */
export async function waiting(
  handle: WorkflowHandle<BackupWorkflow>,
): Promise<NonNullable<RunStatus['wait']>> {
  return await waitUntil('a wait', async () => (await status(handle)).wait, 60_000);
}

export async function recheck(
  handle: WorkflowHandle<BackupWorkflow>,
  request: Partial<RecheckRequest>,
): Promise<RecheckResult> {
  const update = handlers.recheck.name;
  return await handle.executeUpdate<RecheckResult, [Partial<RecheckRequest>]>(update, {
    args: [request],
  });
}
