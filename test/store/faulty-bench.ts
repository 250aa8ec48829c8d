import { afterEach, beforeEach } from 'vitest';

import type { BackupStore, UploadSession } from '../../src/store/backup-store.ts';
import { contentOf, partsOf, sha256Of } from './content.ts';
import type { FaultyServer, SeenRequest } from './faulty-server.ts';
import { key, signal } from './store-bench.ts';

/** What goes to a server that fails on request: two whole parts and a rest. */
export function faultySample(partSizeBytes: number) {
  const geometry = { sizeBytes: 2 * partSizeBytes + 1000, partSizeBytes };
  const content = contentOf('content', geometry.sizeBytes);
  const parts = partsOf(content, geometry);
  const list = parts.map(({ part }) => part);
  return { geometry, content, parts, list, whole: sha256Of(content) };
}

/** The names that a protocol has for what every store does, and its word for a server that has too much to do. */
export interface Protocol<Operation> {
  readonly put: Operation;
  readonly commit: Operation;
  readonly create: Operation;
  readonly read: Operation;
  readonly busy: string;
}

/** A server of one's own for each test that fails on request, and what tests do with it. */
export abstract class FaultyBench<
  Operation extends string,
  Server extends FaultyServer<Operation>,
  Habits,
> {
  readonly #start: (habits?: Habits) => Promise<Server>;
  #server: Server | undefined;
  readonly sample: ReturnType<typeof faultySample>;
  readonly protocol: Protocol<Operation>;

  constructor(
    start: (habits?: Habits) => Promise<Server>,
    sample: ReturnType<typeof faultySample>,
    protocol: Protocol<Operation>,
  ) {
    this.#start = start;
    this.sample = sample;
    this.protocol = protocol;
    beforeEach(async () => {
      this.#server = await start();
    });
    afterEach(() => this.server.close());
  }

  get server(): Server {
    return this.#server!;
  }

  /** Another server in its place. */
  async restartWith(habits: Habits): Promise<void> {
    await this.server.close();
    this.#server = await this.#start(habits);
  }

  /** What another worker has: nothing in common but the place. */
  abstract open(more?: { readonly endpoint?: string }): BackupStore;

  /** The bytes under a key of the server. */
  abstract bytesAt(name: string): Buffer | undefined;

  /** The uploads that are alive, by what the server holds. */
  abstract unfinished(): readonly string[];

  async begin(store: BackupStore): Promise<UploadSession> {
    return await store.begin({ key, ...this.sample.geometry }, signal);
  }

  async put(store: BackupStore, session: UploadSession): Promise<void> {
    for (const { part, bytes } of this.sample.parts) {
      await store.putPart(session, part, bytes, signal);
    }
  }

  /** All but the commit. */
  async fill(store: BackupStore): Promise<UploadSession> {
    const session = await this.begin(store);
    await this.put(store, session);
    return session;
  }

  async upload(store: BackupStore): Promise<void> {
    await store.commit(await this.fill(store), this.sample.list, signal);
  }

  /** The SHA-256 of what is under the key. */
  stored(): string | undefined {
    const bytes = this.bytesAt(key);
    return bytes && sha256Of(bytes);
  }

  seen(operation: Operation): readonly SeenRequest<Operation>[] {
    return this.server.seen.filter((request) => request.operation === operation);
  }
}
