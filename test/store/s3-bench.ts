import { afterEach, beforeEach } from 'vitest';

import type { BackupStore, UploadSession } from '../../src/store/backup-store.ts';
import type { S3StoreOptions } from '../../src/store/s3-options.ts';
import { createS3Store } from '../../src/store/s3-store.ts';
import { s3PartLimits } from '../../src/store/s3-uploads.ts';
import type { BucketHabits, S3Operation } from './fake-bucket.ts';
import { contentOf, partsOf, sha256Of } from './content.ts';
import { startFaultyS3 } from './faulty-s3.ts';
import type { FaultyS3 } from './faulty-s3.ts';
import type { SeenRequest } from './faulty-server.ts';
import { key, signal } from './store-bench.ts';

/** By reference, as every store's are. */
export const credentials = {
  variables: { accessKeyId: 'TEST_S3_KEY_ID', secretAccessKey: 'TEST_S3_SECRET' },
};
process.env['TEST_S3_KEY_ID'] = 'AKIATESTONLY';
process.env['TEST_S3_SECRET'] = 'wJalrXUtnFEMI';

const partSizeBytes = s3PartLimits.leastBytes;

/** Two whole parts and a rest. */
export const geometry = { sizeBytes: 2 * partSizeBytes + 1000, partSizeBytes };
export const content: Buffer = contentOf('content', geometry.sizeBytes);
export const parts: ReturnType<typeof partsOf> = partsOf(content, geometry);
export const list = parts.map(({ part }) => part);
export const whole: string = sha256Of(content);

/** A server of one's own for each test that fails on request, and what tests do with it. */
export class S3Bench {
  #server: FaultyS3 | undefined;

  constructor() {
    beforeEach(async () => {
      this.#server = await startFaultyS3();
    });
    afterEach(() => this.server.close());
  }

  get server(): FaultyS3 {
    return this.#server!;
  }

  /** Another server in its place. */
  async restartWith(habits: BucketHabits): Promise<void> {
    await this.server.close();
    this.#server = await startFaultyS3(habits);
  }

  options(): S3StoreOptions {
    return {
      name: 'primary',
      bucket: 'backups',
      region: 'eu-central-1',
      endpoint: this.server.endpoint,
      pathStyle: true,
      credentials,
    };
  }

  /** What another worker has: nothing in common but the place. */
  open(more: Partial<S3StoreOptions> = {}): BackupStore {
    return createS3Store({ ...this.options(), ...more });
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
    const object = this.server.bucket.objects.get(key);
    return object && sha256Of(object.bytes);
  }

  seen(operation: S3Operation): readonly SeenRequest<S3Operation>[] {
    return this.server.seen.filter((request) => request.operation === operation);
  }

  unfinished(): readonly string[] {
    return [...this.server.bucket.uploads.keys()];
  }
}
