import type { BackupActivities, StoredFile } from '../contracts/index.ts';
import { takeDirectory } from '../script/take-directory.ts';
import { fileKey } from '../store/layout.ts';
import { uploadDirect } from '../transfer/upload-direct.ts';
import { uploadFile } from '../transfer/upload-file.ts';
import type { StepContext } from './step.ts';
import { storedForm } from './stored-form.ts';
import type { TransferLanes } from './transfer-lanes.ts';

type Upload = BackupActivities['uploadSnapshot'];

/**
 * Brings one file from the node to its store, compressed and sealed where the store asks for that, resumable part by part from any
 * worker: through this one, or sent by the node itself where it was found to reach the store and the store lets it.
 */
export function uploadStep(
  lanes: TransferLanes,
): (input: Parameters<Upload>[0], context: StepContext) => Promise<StoredFile> {
  return async (input, { resolver, signal, report }) => {
    const { run, policy, file } = input;
    const kind = file.kind === 'staticKubeResources' ? 'staticKubeResources' : 'snapshot';
    const store = resolver.store(input.store ?? policy.stores[kind]);
    const form = storedForm(input, store.name);
    const bytesTotal = form.sent.sizeBytes;
    // Who holds the credentials looks whether others can be let in.
    const isDirect =
      input.direct === true &&
      form.seal === undefined &&
      (await store.capabilities(signal)).presignPart;
    const onWait = (): void =>
      report('waiting for another transfer of this worker', { bytesDone: 0, bytesTotal });
    return await lanes.enter(signal, onWait, async () => {
      let state = isDirect ? `the node sends to ${store.name}` : `uploading to ${store.name}`;
      report(state, { bytesDone: 0, bytesTotal });
      const { root, environment } = takeDirectory(input.take);
      const shell = await resolver.cluster(run.cluster).node.open(input, signal);
      const options = {
        shell,
        store,
        file,
        sent: form.sent,
        transfer: policy.transfer,
        key: fileKey(run.cluster, run.id, form.name),
        signal,
        noProgressMs: policy.noProgressMs,
        onProgress: (bytesDone: number, bytesTotal: number) =>
          report(state, { bytesDone, bytesTotal }),
        onCommit: (bytesDone: number, bytesTotal: number) =>
          report(`${store.name} makes one object of the parts`, { bytesDone, bytesTotal }),
      };
      if (form.seal !== undefined) {
        const sealed = await uploadFile({ ...options, transform: form.seal(shell) });
        return { ...sealed, ...form.record };
      }
      if (!isDirect) return await uploadFile(options);
      return await uploadDirect({
        ...options,
        takeDirectory: root,
        environment,
        onRelay: (reason) => {
          state = `uploading to ${store.name}; the node could not send all of it: ${reason}`;
        },
      });
    });
  };
}
