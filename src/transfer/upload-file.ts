import { isDeepStrictEqual } from 'node:util';

import type { BackupFile, NodeFile, StoredFile } from '../contracts/files.ts';
import { failure, failureType } from '../contracts/failures.ts';
import type { TransferPolicy } from '../contracts/policy.ts';
import type { NodeShell } from '../node/node-shell.ts';
import type { BackupStore } from '../store/backup-store.ts';
import { partRange } from '../store/layout.ts';
import { sha256OfParts } from '../store/parts-checksum.ts';
import { fileParts } from './file-parts.ts';
import type { ObjectParts, Transform } from './object-parts.ts';
import { limitProgress } from './progress-limit.ts';
import type { ProgressLimit } from './progress-limit.ts';
import { sendParts } from './send-parts.ts';
import { readStoredDigests } from './stored-digests.ts';
import type { ObjectDigests } from './stored-digests.ts';

/** Options of {@link uploadFile}. */
export interface UploadFileOptions {
  readonly shell: NodeShell;
  readonly store: BackupStore;
  /** As `inspectFile` found it. */
  readonly file: BackupFile;
  /** What of it is sent: the file itself, or its `compressed` form. Its part size is the upload's. @default the file */
  readonly sent?: NodeFile | undefined;
  /** Makes another object of what is sent. @default it is stored as it is */
  readonly transform?: Transform | undefined;
  /** How it travels. @default one lane, compression where the node can */
  readonly transfer?: Omit<TransferPolicy, 'direct'> | undefined;
  readonly key: string;
  readonly signal: AbortSignal;
  /** Running without storing a part for this long fails with `NoProgress`. */
  readonly noProgressMs: number;
  /** Called at the start and after each part with the bytes of the object that the store has, and all of them. */
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void;
  /** The same while the store makes the object of its parts, where that moves them once more. */
  readonly onCommit?: (bytesDone: number, bytesTotal: number) => void;
  /** The first wait before a lost connection is opened anew; it doubles each time. @default 1000 */
  readonly retryDelayMs?: number;
}

/**
 * Brings a file from its node into a store, part by part, each checked against the digest that the node computed before
 * it is stored; while one is stored, the next is read. Continues what an earlier or other attempt stored; a file that is
 * stored already costs a read of it. Reads on the node, writes only in the store. Memory: two parts, whatever the lanes,
 * and what `transform` takes. Safe to repeat and to overlap itself from any worker.
 *
 * @throws `FileChanged`, `NoProgress` (not retryable); `NodeUnreachable`, `ChecksumMismatch` (retryable), after tries of
 *   its own; what {@link BackupStore} and `transform` fail with
 */
export async function uploadFile(options: UploadFileOptions): Promise<StoredFile> {
  const { shell, store, file, key, transform, retryDelayMs = 1000 } = options;
  const { sent = file, transfer = { lanes: 1, compression: 'auto' } } = options;
  using limit = limitProgress({ ...options, what: `upload of ${file.name}` });
  const { signal } = limit;
  await using plain = fileParts({ shell, file: sent, transfer, retryDelayMs, signal });
  await using made = transform && (await limit.race(transform(plain, signal)));
  const parts = made ?? plain;
  const digests = await bring({ options, limit, parts });
  const { kind, name, sizeBytes, sha256 } = file;
  return {
    kind,
    name,
    store: store.name,
    key,
    sizeBytes,
    sha256,
    storedSizeBytes: parts.sizeBytes,
    storedSha256: digests.sha256,
    partsChecksum: {
      sha256OfParts: sha256OfParts(digests.parts),
      partSizeBytes: parts.partSizeBytes,
    },
    ...(sent === file ? {} : { compression: 'zstd' }),
  };
}

interface Upload {
  readonly options: UploadFileOptions;
  readonly limit: ProgressLimit;
  readonly parts: ObjectParts;
}

async function bring(upload: Upload): Promise<ObjectDigests> {
  const stored = await findStored(upload);
  if (stored !== undefined) return stored;
  try {
    return await send(upload);
  } catch (error) {
    // An overlapping attempt may have been first: its object has the name, and the upload is gone.
    const type = failureType(error);
    if (type !== 'StoreRefused' && type !== 'StoreUnavailable') throw error;
    const theirs = await findStored(upload);
    if (theirs === undefined) throw error;
    return theirs;
  }
}

async function send({ options, limit, parts }: Upload): Promise<ObjectDigests> {
  const { store, key, onProgress } = options;
  const { sizeBytes, partSizeBytes } = parts;
  const { signal } = limit;
  const known = await limit.race(parts.digests());
  const session = await limit.race(store.begin({ key, sizeBytes, partSizeBytes }, signal));
  const sent = await sendParts({ parts, known, store, session, limit, onProgress });
  const list = sent.parts.map((digest, index) => {
    const number = index + 1;
    return { number, sizeBytes: partRange(parts, number).sizeBytes, sha256: digest };
  });
  const onCommit = (bytesDone: number): void => {
    limit.progressed();
    options.onCommit?.(bytesDone, sizeBytes);
  };
  await limit.race(store.commit(session, list, signal, onCommit));
  if (sent.sha256 !== undefined) return { parts: sent.parts, sha256: sent.sha256 };
  // An earlier attempt sent some of it, and nobody has seen the whole yet.
  const stored = await readBack({ options, limit, parts }, () => {});
  if (isDeepStrictEqual(stored.parts, sent.parts)) return stored;
  throw failure('ChecksumMismatch', {
    observed: 'object: read back with other bytes than its parts were stored with',
    where: { store: store.name, key },
  });
}

/** The object's digests where it is there, with the bytes it must have; fails when the name is taken by others. */
async function findStored(upload: Upload): Promise<ObjectDigests | undefined> {
  const { options, limit, parts } = upload;
  const { store, key, onProgress } = options;
  const object = await limit.race(store.stat(key, limit.signal));
  if (object === undefined) return undefined;
  const { sizeBytes } = parts;
  const found =
    object.sizeBytes === sizeBytes
      ? await readBack(upload, (bytesDone) => onProgress?.(bytesDone, sizeBytes))
      : undefined;
  if (found === undefined || !(await isMade(upload, found))) {
    throw failure('StoreRefused', {
      observed: `name: taken by ${object.sizeBytes} bytes${found === undefined ? '' : ` with SHA-256 ${found.sha256}`}, expected ${sizeBytes}${parts.sha256 === undefined ? '' : ` with ${parts.sha256}`}`,
      where: { store: store.name, key },
    });
  }
  await giveUpUploads(options, limit);
  return found;
}

/** Whether the parts that make the object have these digests. */
async function isMade({ limit, parts }: Upload, found: ObjectDigests): Promise<boolean> {
  if (parts.sha256 !== undefined) return parts.sha256 === found.sha256;
  const known = await limit.race(parts.digests());
  const buffer = Buffer.allocUnsafeSlow(Math.min(parts.partSizeBytes, parts.sizeBytes));
  for (const [index, digest] of found.parts.entries()) {
    const number = index + 1;
    const bytes = buffer.subarray(0, partRange(parts, number).sizeBytes);
    if ((known[index] ?? (await limit.race(parts.read(number, bytes)))) !== digest) return false;
    limit.progressed();
  }
  return true;
}

async function readBack(
  { options, limit, parts }: Upload,
  onProgress: (bytesDone: number) => void,
): Promise<ObjectDigests> {
  const { store, key } = options;
  const { sizeBytes, partSizeBytes } = parts;
  const reading = readStoredDigests(
    store,
    { key, sizeBytes, partSizeBytes },
    {
      signal: limit.signal,
      onProgress: (bytesDone) => {
        limit.progressed();
        onProgress(bytesDone);
      },
    },
  );
  return await limit.race(reading);
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
