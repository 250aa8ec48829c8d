import { createHash } from 'node:crypto';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Manifest } from '../../src/contracts/manifest.ts';
import type { BackupStore } from '../../src/store/backup-store.ts';
import { createDirectoryStore } from '../../src/store/directory-store.ts';
import { fileKey, manifestKey } from '../../src/store/layout.ts';
import { canonicalManifest } from '../../src/store/manifest.ts';
import { signManifest } from '../../src/store/sign-manifest.ts';
import { exampleManifest } from './example-manifest.ts';
import type { SigningKeys } from './signing-keys.ts';

const { signal } = new AbortController();

/** Two directory stores, filled by the stores' own code. */
export interface StoredBackups {
  /** Holds both stores. */
  readonly directory: string;
  readonly primary: BackupStore;
  readonly vault: BackupStore;
  /** Stores a backup whole, unsigned or by a key; `omit` leaves objects out. */
  backup(
    id: string,
    options?: {
      readonly manifest?: Partial<Manifest>;
      readonly omit?: readonly Omitted[];
      readonly signedBy?: SigningKeys;
    },
  ): Promise<Manifest>;
  /** Stores any small object. */
  put(store: 'primary' | 'vault', key: string, text: string): Promise<void>;
}

export type Omitted = 'snapshot' | 'staticKubeResources' | 'manifest' | 'copy';

export async function storedBackups(cluster = 'prod-eu'): Promise<StoredBackups> {
  const directory = await mkdtemp(join(tmpdir(), 'etcd-backup-stored-'));
  const open = async (name: string): Promise<BackupStore> => {
    await mkdir(join(directory, name));
    return createDirectoryStore({ name, directory: join(directory, name) });
  };
  const stores = { primary: await open('primary'), vault: await open('vault') };
  return {
    directory,
    ...stores,
    async backup(id, { manifest: changes = {}, omit = [], signedBy } = {}) {
      const unsigned = manifestOf(cluster, id, changes);
      const manifest =
        signedBy === undefined ? unsigned : signManifest(unsigned, signedBy.privateKey);
      for (const file of manifest.files) {
        if (omit.some((one) => one === file.kind)) continue;
        const bytes = bytesOf(file.kind);
        await (file.store === 'primary' ? stores.primary : stores.vault).create(
          file.key,
          bytes,
          signal,
        );
      }
      const bytes = canonicalManifest(manifest);
      const key = manifestKey(cluster, id);
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
