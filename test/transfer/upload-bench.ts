import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach } from 'vitest';

import type { BackupFile, StoredFile } from '../../src/contracts/files.ts';
import type { BackupStore } from '../../src/store/backup-store.ts';
import { createDirectoryStore } from '../../src/store/directory-store.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { inspectFile } from '../../src/transfer/inspect-file.ts';
import { uploadFile } from '../../src/transfer/upload-file.ts';
import type { UploadFileOptions } from '../../src/transfer/upload-file.ts';
import { contentOf } from '../store/content.ts';
import { createLocalShell } from './local-shell.ts';
import { useNodeDirectory } from './node-directory.ts';

export const signal: AbortSignal = new AbortController().signal;
export const key = 'prod/20260101T000000Z-abc/snapshot_1.db';
export const partSizeBytes = 100_000;

/** Four parts and a half. */
export const content: Buffer = contentOf('upload', 450_000);

/** A node and a store for each test, and uploads between them. */
export interface UploadBench {
  readonly shell: ReturnType<typeof createLocalShell>;
  readonly store: BackupStore;
  /** The store's directory. */
  readonly directory: string;
  /** The file on the node. */
  readonly path: string;
  inspect(bytes: Buffer, partSize?: number): Promise<BackupFile>;
  upload(file: BackupFile, options?: Partial<UploadFileOptions>): Promise<StoredFile>;
  stored(): Promise<Buffer>;
}

export function useUploads(): UploadBench {
  const node = useNodeDirectory();
  const shell = createLocalShell();
  let directory = '';
  let store: BackupStore;
  beforeEach(async () => {
    directory = await temporaryDirectory('store');
    store = createDirectoryStore({ name: 'vault', directory });
  });
  afterEach(() => rm(directory, { recursive: true }));

  return {
    shell,
    get store() {
      return store;
    },
    get directory() {
      return directory;
    },
    get path() {
      return join(node.path, 'snapshot_1.db');
    },
    async inspect(bytes, partSize = partSizeBytes) {
      await writeFile(this.path, bytes);
      const { file } = await inspectFile({
        shell,
        kind: 'staticKubeResources',
        path: this.path,
        takeDirectory: node.path,
        partSizeBytes: partSize,
        digestTool: 'sha256sum',
        signal,
      });
      return file;
    },
    upload: (file, options = {}) =>
      uploadFile({
        shell,
        store,
        file,
        key,
        signal,
        noProgressMs: 60_000,
        retryDelayMs: 1,
        ...options,
      }),
    stored: () => readFile(join(directory, key)),
  };
}
