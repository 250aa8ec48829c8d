import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { StoreNames } from '../../src/contracts/index.ts';
import type { Manifest } from '../../src/contracts/manifest.ts';
import type { BackupStore } from '../../src/store/backup-store.ts';
import { createDirectoryStore } from '../../src/store/directory-store.ts';
import { fileKey, manifestKey } from '../../src/store/layout.ts';
import { canonicalManifest } from '../../src/store/manifest.ts';
import { signManifest } from '../../src/store/sign-manifest.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { exampleManifest } from './example-manifest.ts';
import type { SigningKeys } from './signing-keys.ts';

const { signal } = new AbortController();

/** Directory stores, two and those of second places, filled by the stores' own code. */
export interface StoredBackups {
  /** Holds both stores. */
  readonly directory: string;
  readonly primary: BackupStore;
  readonly vault: BackupStore;
  /**
   * Stores a backup whole, unsigned or by a key; `omit` leaves objects out. `copies` are second places, in directories of the
   * names of their stores.
   */
  backup(
    id: string,
    options?: {
      readonly manifest?: Partial<Manifest>;
      readonly omit?: readonly Omitted[];
      readonly copies?: readonly StoreNames[];
      readonly signedBy?: SigningKeys;
    },
  ): Promise<Manifest>;
  /** Stores any small object. */
  put(store: 'primary' | 'vault', key: string, text: string): Promise<void>;
}

export type Omitted = 'snapshot' | 'staticKubeResources' | 'manifest' | 'copy';

export async function storedBackups(cluster = 'prod-eu'): Promise<StoredBackups> {
  const directory = await temporaryDirectory('stored');
  const open = async (name: string): Promise<BackupStore> => {
    await mkdir(join(directory, name), { recursive: true });
    return createDirectoryStore({ name, directory: join(directory, name) });
  };
  const stores = { primary: await open('primary'), vault: await open('vault') };
  return {
    directory,
    ...stores,
    async backup(id, { manifest: changes = {}, omit = [], copies = [], signedBy } = {}) {
      const unsigned = withCopies(manifestOf(cluster, id, changes), copies);
      const manifest =
        signedBy === undefined ? unsigned : signManifest(unsigned, signedBy.privateKey);
      for (const file of manifest.files) {
        if (omit.some((one) => one === file.kind)) continue;
        const bytes = bytesOf(file.kind);
        await (await open(file.store)).create(file.key, bytes, signal);
      }
      const bytes = canonicalManifest(manifest);
      const key = manifestKey(cluster, id);
      for (const name of copies.flatMap((place) => Object.values(place))) {
        await (await open(name)).create(key, bytes, signal);
      }
      if (!omit.includes('copy')) await stores.vault.create(key, bytes, signal);
      if (!omit.includes('manifest')) await stores.primary.create(key, bytes, signal);
      return manifest;
    },
    put: async (store, key, text) => await stores[store].create(key, Buffer.from(text), signal),
  };
}

function bytesOf(kind: string): Buffer {
  return Buffer.from(`the bytes of ${kind}`);
}

function withCopies(manifest: Manifest, places: readonly StoreNames[]): Manifest {
  const files = manifest.files.flatMap((file) => [
    file,
    ...places.map((place) => {
      const kind = file.kind === 'staticKubeResources' ? 'staticKubeResources' : 'snapshot';
      return { ...file, store: place[kind] };
    }),
  ]);
  return { ...manifest, files };
}

function manifestOf(cluster: string, id: string, changes: Partial<Manifest>): Manifest {
  const files = exampleManifest.files.map(({ compression: _c, recipients: _r, ...file }) => {
    const bytes = bytesOf(file.kind);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const size = { sizeBytes: bytes.length, storedSizeBytes: bytes.length };
    return { ...file, key: fileKey(cluster, id, file.name), ...size, sha256, storedSha256: sha256 };
  });
  const { signature: _signature, ...example } = exampleManifest;
  return {
    ...example,
    id,
    cluster: { ...example.cluster, name: cluster },
    files,
    ...changes,
  };
}
