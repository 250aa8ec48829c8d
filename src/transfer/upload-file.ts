import type { BackupFile, StoredFile } from '../contracts/files.ts';
import { failure, failureType } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import type { BackupStore } from '../store/backup-store.ts';
import { partRange } from '../store/layout.ts';
import { objectDigest } from '../store/object-digest.ts';
import { readPartList } from './part-list.ts';
import { createPartReader } from './part-reader.ts';
import { limitProgress } from './progress-limit.ts';
import type { ProgressLimit } from './progress-limit.ts';

/** Options of {@link uploadFile}. */
export interface UploadFileOptions {
  readonly shell: NodeShell;
  readonly store: BackupStore;
  /** As `inspectFile` found it; its part size is the upload's. */
  readonly file: BackupFile;
  readonly key: string;
  readonly signal: AbortSignal;
  /** Running without storing a part for this long fails with `NoProgress`. */
  readonly noProgressMs: number;
  /** Called at the start and after each part with the bytes that the store has. */
  readonly onProgress?: (bytesDone: number) => void;
  /** The first wait before a part is read again; it doubles each time. @default 1000 */
  readonly retryDelayMs?: number;
}

/**
 * Brings a file from its node into a store, part by part, each checked against the digest that the node computed before
 * it is stored. Continues what an earlier or other attempt stored; a file that is stored already costs a read of it.
 * Reads on the node, writes only in the store. Memory: one part. Safe to repeat and to overlap itself from any worker.
 *
 * @throws `FileChanged`, `NoProgress` (not retryable); `NodeUnreachable`, `ChecksumMismatch` (retryable), after five
 *   and one more tries of a part; what {@link BackupStore} fails with
 */
export async function uploadFile(options: UploadFileOptions): Promise<StoredFile> {
  const { store, file, key } = options;
  using limit = limitProgress({ ...options, what: `upload of ${file.name}` });
  const upload: Upload = { options, limit };
  if (!(await isStored(upload))) {
    try {
      await transfer(upload);
    } catch (error) {
      // An overlapping attempt may have been first: its object has the name, and the upload is gone.
      const type = failureType(error);
      if (type !== 'StoreRefused' && type !== 'StoreUnavailable') throw error;
      if (!(await isStored(upload))) throw error;
    }
  }
  const { kind, name, sizeBytes, sha256 } = file;
  return {
    kind,
    name,
    store: store.name,
    key,
    sizeBytes,
    sha256,
    storedSizeBytes: sizeBytes,
    storedSha256: sha256,
  };
}

interface Upload {
  readonly options: UploadFileOptions;
  readonly limit: ProgressLimit;
}

async function transfer({ options, limit }: Upload): Promise<void> {
  const { shell, store, file, key, onProgress } = options;
  const { sizeBytes, partSizeBytes } = file;
  const { signal } = limit;
  const digests = await limit.race(readPartList(shell, file, signal));
  const parts = digests.map((sha256, index) => {
    const number = index + 1;
    return { number, sha256, ...partRange(file, number) };
  });
  const session = await limit.race(store.begin({ key, sizeBytes, partSizeBytes }, signal));
  const stored = await limit.race(store.listParts(session, signal));
  const found = new Map(stored.map((part) => [part.number, part.sha256]));
  const missing = parts.filter(({ number, sha256 }) => found.get(number) !== sha256);
  let bytesDone = sizeBytes - missing.reduce((sum, part) => sum + part.sizeBytes, 0);
  onProgress?.(bytesDone);

  await using reader = createPartReader(options, limit);
  for (const part of missing) {
    await reader.transfer(part, (bytes) => store.putPart(session, part, bytes, signal));
    bytesDone += part.sizeBytes;
    limit.progressed();
    onProgress?.(bytesDone);
  }
  const list = parts.map(({ number, sizeBytes, sha256 }) => ({ number, sizeBytes, sha256 }));
  await limit.race(store.commit(session, list, signal));
}

/** Whether the object is there, with these bytes; fails when the name is taken by others. */
async function isStored({ options, limit }: Upload): Promise<boolean> {
  const { store, file, key } = options;
  const { signal } = limit;
  const object = await limit.race(store.stat(key, signal));
  if (object === undefined) return false;
  const onProgress = (bytesDone: number) => {
    limit.progressed();
    options.onProgress?.(bytesDone);
  };
  const sha256 =
    object.sizeBytes === file.sizeBytes
      ? await limit.race(objectDigest(store, object, { signal, onProgress }))
      : undefined;
  if (sha256 !== file.sha256) {
    throw failure('StoreRefused', {
      observed: `name: taken by ${object.sizeBytes} bytes${sha256 === undefined ? '' : ` with SHA-256 ${sha256}`}, expected ${file.sizeBytes} with ${file.sha256}`,
      where: { store: store.name, key },
    });
  }
  await giveUpUploads(options, limit);
  return true;
}

// A worker that died right after its commit may have left the upload that the object came from.
async function giveUpUploads(options: UploadFileOptions, limit: ProgressLimit): Promise<void> {
  const { store, key } = options;
  const { signal } = limit;
  const { listUploads } = await limit.race(store.capabilities(signal));
  if (!listUploads) return;
  for (const upload of await limit.race(store.listUploads(key, signal))) {
    if (upload.key === key) await limit.race(store.abort(upload, signal));
  }
}
