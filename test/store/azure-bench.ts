import { afterEach, beforeEach } from 'vitest';

import type { AzureStoreOptions } from '../../src/store/azure-options.ts';
import { createAzureStore } from '../../src/store/azure-store.ts';
import { uploadsIn } from '../../src/store/azure-upload-state.ts';
import type { BackupStore, UploadSession } from '../../src/store/backup-store.ts';
import { contentOf, partsOf, sha256Of } from './content.ts';
import type { AzureOperation, ContainerHabits } from './fake-container.ts';
import { startFaultyAzure } from './faulty-azure.ts';
import type { FaultyAzure } from './faulty-azure.ts';
import type { SeenRequest } from './faulty-server.ts';
import { key, signal } from './store-bench.ts';

/** By reference, as every store's are. */
export const credentials = { variable: 'TEST_AZURE_SAS' };
process.env['TEST_AZURE_SAS'] = 'sv=2026-02-06&sr=c&sp=rwl&sig=bm90LWEtc2VjcmV0';

const partSizeBytes = 1_000_000;

/** Two whole parts and a rest. */
export const geometry = { sizeBytes: 2 * partSizeBytes + 1000, partSizeBytes };
export const content: Buffer = contentOf('content', geometry.sizeBytes);
export const parts: ReturnType<typeof partsOf> = partsOf(content, geometry);
export const list = parts.map(({ part }) => part);
export const whole: string = sha256Of(content);

/** A server of one's own for each test that fails on request, and what tests do with it. */
export class AzureBench {
  #server: FaultyAzure | undefined;

  constructor() {
    beforeEach(async () => {
      this.#server = await startFaultyAzure();
    });
    afterEach(() => this.server.close());
  }

  get server(): FaultyAzure {
    return this.#server!;
  }

  /** Another server in its place. */
  async restartWith(habits: ContainerHabits): Promise<void> {
    await this.server.close();
    this.#server = await startFaultyAzure(habits);
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

  /** What another worker has: nothing in common but the place. */
  open(more: Partial<AzureStoreOptions> = {}): BackupStore {
    return createAzureStore({ ...this.options(), ...more });
  }

  async begin(store: BackupStore): Promise<UploadSession> {
    return await store.begin({ key, ...geometry }, signal);
  }

  async put(store: BackupStore, session: UploadSession): Promise<void> {
    for (const { part, bytes } of parts) await store.putPart(session, part, bytes, signal);
  }

  /** All but the commit. */
  async fill(store: BackupStore): Promise<UploadSession> {
    const session = await this.begin(store);
    await this.put(store, session);
    return session;
  }

  async upload(store: BackupStore): Promise<void> {
    await store.commit(await this.fill(store), list, signal);
  }

  /** The SHA-256 of what is under the key. */
  stored(): string | undefined {
    const blob = this.server.container.blobs.get(key);
    return blob && sha256Of(blob.bytes);
  }

  seen(operation: AzureOperation): readonly SeenRequest<AzureOperation>[] {
    return this.server.seen.filter((request) => request.operation === operation);
  }

  /** The uploads that are alive, by what the container holds. */
  unfinished(): readonly string[] {
    return [...this.server.container.uncommitted].flatMap(([name, blocks]) =>
      uploadsIn([...blocks.values()].map(({ id, bytes }) => ({ name: id, size: bytes.length })))
        .filter(({ isAlive }) => isAlive)
        .map(({ uploadId }) => `${name} ${uploadId}`),
    );
  }
}
