import { pathToFileURL } from 'node:url';

import { afterEach, beforeEach } from 'vitest';

import type {
  BackupStore,
  UnfinishedUpload,
  UploadPart,
  UploadSession,
} from '../../src/store/backup-store.ts';
import { objectDigest } from '../../src/store/object-digest.ts';
import { contentOf, partsOf } from './content.ts';

/** What a module that opens a store looks like. */
export interface StoreModule {
  readonly openStore: (location: string) => BackupStore;
}

/** A store of one's own for one test. */
export interface StoreUnderTest {
  /** Path of a module that is a {@link StoreModule}; other processes load it too. */
  readonly module: string;
  /** What `openStore` needs to reach this very store. */
  readonly location: string;
  close(): Promise<void>;
}

export const signal: AbortSignal = new AbortController().signal;

export const key = 'prod/20260101T000000Z-abc/snapshot_1.db';

/** One upload that most promises are tried on: two whole parts and a rest. */
function uploadOf(partSizeBytes: number) {
  const geometry = { sizeBytes: 2.5 * partSizeBytes, partSizeBytes };
  const content = contentOf('content', geometry.sizeBytes);
  const parts = partsOf(content, geometry);
  const list: readonly UploadPart[] = parts.map(({ part }) => part);
  return { geometry, content, parts, list };
}

const smallPartBytes = 1_000_000;

export const { geometry, content, parts, list } = uploadOf(smallPartBytes);

/** What the promises are asked with. */
export interface ConformanceOptions {
  /** The store's smallest part, but for an object's last. @default any */
  readonly leastPartSizeBytes?: number;
}

/** What every store knows of an upload. */
export function nameOf({ key, uploadId }: UnfinishedUpload): UnfinishedUpload {
  return { key, uploadId };
}

/** An empty store for each test, and what tests do with it again and again. */
export class StoreBench {
  #underTest: StoreUnderTest | undefined;
  #openStore: StoreModule['openStore'] | undefined;
  #store: BackupStore | undefined;

  /** The upload that most promises are tried on. */
  readonly sample: ReturnType<typeof uploadOf>;
  readonly leastPartSizeBytes: number;

  constructor(makeStore: () => Promise<StoreUnderTest>, options: ConformanceOptions = {}) {
    this.leastPartSizeBytes = options.leastPartSizeBytes ?? 1;
    this.sample = uploadOf(Math.max(smallPartBytes, this.leastPartSizeBytes));
    beforeEach(async () => {
      this.#underTest = await makeStore();
      const loaded: StoreModule = await import(pathToFileURL(this.#underTest.module).href);
      this.#openStore = loaded.openStore;
      this.#store = this.another();
    });
    afterEach(() => this.place.close());
  }

  get place(): StoreUnderTest {
    return this.#underTest!;
  }

  get store(): BackupStore {
    return this.#store!;
  }

  /** What another worker has: nothing in common but the place. */
  another(): BackupStore {
    return this.#openStore!(this.place.location);
  }

  begin(): Promise<UploadSession> {
    return this.store.begin({ key, ...this.sample.geometry }, signal);
  }

  async put(session: UploadSession, numbers: readonly number[], to = this.store): Promise<void> {
    for (const number of numbers) {
      const { part, bytes } = this.sample.parts[number - 1]!;
      await to.putPart(session, part, bytes, signal);
    }
  }

  /**
   * Sends bytes as a part with nothing but its request, to where the store says that such go. Returns of each whether they were
   * taken; `undefined` where the store lets nobody else send parts.
   */
  async sendAsAnybody(
    session: UploadSession,
    part: UploadPart,
    bodies: readonly Buffer[],
  ): Promise<readonly boolean[] | undefined> {
    const options = { expiresInSeconds: 60, signal };
    const request = await this.store.presignPart?.(session, part, options);
    const endpoint = await this.store.directEndpoint?.(signal);
    if (request === undefined || endpoint === undefined) return undefined;
    const { method, url, headers } = request;
    if (!url.startsWith(endpoint.url)) throw new Error(`requests do not go to ${endpoint.url}`);
    const taken: boolean[] = [];
    for (const body of bodies) {
      const sent = fetch(url, { method, headers, body: new Uint8Array(body) });
      // Whoever refuses may hang up before the end of the body.
      taken.push(
        await sent.then(
          ({ ok }) => ok,
          () => false,
        ),
      );
    }
    return taken;
  }

  /** The unfinished uploads, by what every store knows of them. */
  async unfinished(prefix = ''): Promise<readonly UnfinishedUpload[]> {
    return (await this.store.listUploads(prefix, signal)).map(nameOf);
  }

  async upload(): Promise<UploadSession> {
    const session = await this.begin();
    await this.put(session, [1, 2, 3]);
    await this.store.commit(session, this.sample.list, signal);
    return session;
  }

  async readAll(of: string): Promise<Buffer> {
    const object = await this.store.stat(of, signal);
    const bytes = Buffer.alloc(object?.sizeBytes ?? 0);
    if (object !== undefined) await this.store.read(of, 0, bytes, signal);
    return bytes;
  }

  async digestOf(of: string): Promise<string | undefined> {
    const object = await this.store.stat(of, signal);
    return object && (await objectDigest(this.store, object, { signal }));
  }
}
