import type { BackupActivities, StoredFile } from '../contracts/index.ts';
import { fileKey } from '../store/layout.ts';
import { uploadFile } from '../transfer/upload-file.ts';
import type { StepContext } from './step.ts';
import type { TransferLanes } from './transfer-lanes.ts';

type Upload = BackupActivities['uploadSnapshot'];

/**
 * Brings one file from the node to its store, resumable part by part from any worker. A store that is worked with on a queue of
 * its own could not be looked at when the run began: it is now, before any byte moves.
 */
export function uploadStep(
  lanes: TransferLanes,
): (input: Parameters<Upload>[0], context: StepContext) => Promise<StoredFile> {
  return async (input, { resolver, signal, report }) => {
    const { run, policy, file } = input;
    const kind = file.kind === 'staticKubeResources' ? 'staticKubeResources' : 'snapshot';
    const store = resolver.store(input.store ?? policy.stores[kind]);
    if (policy.storePolicies?.[store.name]?.taskQueue !== undefined) {
      await store.capabilities(signal);
    }
    const bytesTotal = file.sizeBytes;
    report('waiting for another transfer of this worker', { bytesDone: 0, bytesTotal });
    return await lanes.enter(signal, async () =>
      uploadFile({
        shell: await resolver.cluster(run.cluster).node.open(input, signal),
        store,
        file,
        transfer: policy.transfer,
        key: fileKey(run.cluster, run.id, file.name),
        signal,
        noProgressMs: policy.noProgressMs,
        onProgress: (bytesDone) => report(`uploading to ${store.name}`, { bytesDone, bytesTotal }),
      }),
    );
  };
}
