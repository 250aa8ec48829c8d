import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { z } from 'zod';

import type { UploadPart, UploadSession } from './backup-store.ts';
import { errorCode } from './directory-failures.ts';
import { draftPrefix, look, namesIn, uploadsDirectory } from './directory-tree.ts';
import { ensureDirectory, publish, replace, syncDirectory, writeDurably } from './durable-file.ts';
import { readRecord, writeRecord } from './durable-record.ts';
import { keyHash, uploadIdOf } from './upload-id.ts';

// An upload is a directory: `upload.json` says what it is, `data` has the bytes at their offsets, `parts/<number>` is
// there once the bytes of that part are durable. Each record names the upload it is of by a nonce, so that a writer that
// outlived the giving up of its upload cannot vouch for bytes in the next one of the same name.
const uploadSchema = z.object({
  key: z.string(),
  sizeBytes: z.int().nonnegative(),
  partSizeBytes: z.int().positive(),
  nonce: z.string(),
});

const partSchema = z.object({
  number: z.int().positive(),
  sizeBytes: z.int().nonnegative(),
  sha256: z.string(),
  nonce: z.string(),
});

// Given up, on its way out; whoever comes by removes the rest.
const gonePrefix = '.gone-';

// No live process takes so long between writing a small object and naming it.
const draftLifetimeMs = 24 * 60 * 60 * 1000;

/** An upload that is there. */
export interface OpenUpload {
  readonly directory: string;
  /** The file that becomes the object. */
  readonly data: string;
  readonly nonce: string;
}

/** Makes an upload, or finds the one that is there. */
export async function beginUpload(
  root: string,
  upload: Omit<UploadSession, 'uploadId'>,
  signal: AbortSignal,
): Promise<UploadSession> {
  const { key, sizeBytes, partSizeBytes } = upload;
  const session = { key, sizeBytes, partSizeBytes, uploadId: uploadIdOf(upload) };
  const directory = join(root, uploadsDirectory, session.uploadId);
  await ensureDirectory(join(root, uploadsDirectory));
  await mkdir(join(directory, 'parts'), { recursive: true, mode: 0o700 });
  await writeDurably(join(directory, 'data'), new Uint8Array(), { signal, create: true });
  const record = { key, sizeBytes, partSizeBytes, nonce: randomUUID() };
  await writeRecord(join(directory, 'upload.json'), record, { signal, put: publish });
  await syncDirectory(directory);
  await syncDirectory(join(root, uploadsDirectory));
  return session;
}

/** The upload of a session, or `undefined` where it was committed or given up. */
export async function openUpload(
  root: string,
  session: UploadSession,
): Promise<OpenUpload | undefined> {
  const directory = join(root, uploadsDirectory, session.uploadId);
  const upload = await readRecord(join(directory, 'upload.json'), uploadSchema);
  if (upload === undefined) return undefined;
  return { directory, data: join(directory, 'data'), nonce: upload.nonce };
}

/** Writes a part to its place and vouches for it when it is durable there. */
export async function writePart(
  upload: OpenUpload,
  part: UploadPart,
  bytes: Uint8Array,
  options: { readonly offset: number; readonly signal: AbortSignal },
): Promise<void> {
  const { signal, offset } = options;
  const { number, sizeBytes, sha256 } = part;
  const record = join(upload.directory, 'parts', String(number));
  const known = await readRecord(record, partSchema);
  if (known !== undefined && known.sha256 !== sha256) {
    // Nothing may vouch for bytes that are about to be replaced.
    await rm(record, { force: true });
    await syncDirectory(join(upload.directory, 'parts'));
  }
  await writeDurably(upload.data, bytes, { signal, offset });
  signal.throwIfAborted();
  const vouched = { number, sizeBytes, sha256, nonce: upload.nonce };
  await writeRecord(record, vouched, { signal, put: replace });
}

/** The parts that are vouched for, in order of number. */
export async function partsOf(
  upload: OpenUpload,
  signal: AbortSignal,
): Promise<readonly UploadPart[]> {
  const directory = join(upload.directory, 'parts');
  const parts: UploadPart[] = [];
  for (const name of await namesIn(directory)) {
    signal.throwIfAborted();
    if (!/^\d+$/.test(name)) continue;
    const record = await readRecord(join(directory, name), partSchema);
    if (record?.nonce !== upload.nonce || String(record.number) !== name) continue;
    const { number, sizeBytes, sha256 } = record;
    parts.push({ number, sizeBytes, sha256 });
  }
  return parts.sort((a, b) => a.number - b.number);
}

/** Every unfinished upload, in order of key. Removes what is left of those that a process was giving up when it died. */
export async function findUploads(
  root: string,
  signal: AbortSignal,
): Promise<readonly UploadSession[]> {
  const found: UploadSession[] = [];
  for (const uploadId of await namesIn(join(root, uploadsDirectory))) {
    signal.throwIfAborted();
    await removeRemains(join(root, uploadsDirectory, uploadId));
    const record = join(root, uploadsDirectory, uploadId, 'upload.json');
    const upload = await readRecord(record, uploadSchema);
    if (upload === undefined || uploadIdOf(upload) !== uploadId) continue;
    const { key, sizeBytes, partSizeBytes } = upload;
    found.push({ key, sizeBytes, partSizeBytes, uploadId });
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Gives up the unfinished uploads of a key, but the one that is named. */
export async function giveUpUploads(
  root: string,
  key: string,
  options: { readonly except?: string } = {},
): Promise<void> {
  for (const name of await namesIn(join(root, uploadsDirectory))) {
    if (name.startsWith(`${keyHash(key)}-`) && name !== options.except) await giveUp(root, name);
    await removeRemains(join(root, uploadsDirectory, name));
  }
}

/** Gives up one upload: it is gone at once, then its bytes are removed. */
export async function giveUp(root: string, uploadId: string): Promise<void> {
  const uploads = join(root, uploadsDirectory);
  const gone = join(uploads, `${gonePrefix}${randomUUID()}`);
  try {
    await rename(join(uploads, uploadId), gone);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  await removeTree(gone);
  await syncDirectory(uploads);
}

// What a process that died has left of its own work here.
async function removeRemains(path: string): Promise<void> {
  const name = basename(path);
  const draft = name.startsWith(draftPrefix) ? await look(path) : undefined;
  const isOld = draft !== undefined && Date.now() - draft.mtimeMs > draftLifetimeMs;
  if (name.startsWith(gonePrefix) || isOld) await removeTree(path);
}

async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    // NFS keeps a removed file that is open elsewhere under another name; whoever comes next removes the rest.
    const code = errorCode(error);
    if (code !== 'ENOTEMPTY' && code !== 'EBUSY') throw error;
  }
}
