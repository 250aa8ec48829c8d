import type { AzureStoreOptions } from '../../src/store/azure-options.ts';
import { createAzureStore } from '../../src/store/azure-store.ts';
import { uploadsIn } from '../../src/store/azure-upload-state.ts';
import type { BackupStore } from '../../src/store/backup-store.ts';
import type { AzureOperation, ContainerHabits } from './fake-container.ts';
import { startFaultyAzure } from './faulty-azure.ts';
import type { FaultyAzure } from './faulty-azure.ts';
import { FaultyBench, faultySample } from './faulty-bench.ts';

/** By reference, as every store's are. */
export const credentials = { variable: 'TEST_AZURE_SAS' };
process.env['TEST_AZURE_SAS'] = 'sv=2026-02-06&sr=c&sp=rwl&sig=bm90LWEtc2VjcmV0';

const sample = faultySample(1_000_000);
export const { geometry, content, parts, list, whole } = sample;

/** A container that fails on request, and what tests do with it. */
export class AzureBench extends FaultyBench<AzureOperation, FaultyAzure, ContainerHabits> {
  constructor() {
    super(startFaultyAzure, sample, {
      put: 'Put Block',
      commit: 'Put Block List',
      create: 'Put Blob',
      read: 'Get Blob',
      busy: 'ServerBusy',
    });
  }

  options(): AzureStoreOptions {
    return {
      name: 'primary',
      account: 'etcd',
      container: 'backups',
      endpoint: this.server.endpoint,
      pathStyle: true,
      credentials,
    };
  }

  open(more: Partial<AzureStoreOptions> = {}): BackupStore {
    return createAzureStore({ ...this.options(), ...more });
  }

  bytesAt(name: string): Buffer | undefined {
    return this.server.container.blobs.get(name)?.bytes;
  }

  unfinished(): readonly string[] {
    return [...this.server.container.uncommitted].flatMap(([name, blocks]) =>
      uploadsIn([...blocks.values()].map(({ id, bytes }) => ({ name: id, size: bytes.length })))
        .filter(({ isAlive }) => isAlive)
        .map(({ uploadId }) => `${name} ${uploadId}`),
    );
  }
}
