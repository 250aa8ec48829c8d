import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import { failure } from '../contracts/failures.ts';
import type { UploadPart, UploadSession } from './backup-store.ts';
import { partCount, partRange } from './layout.ts';
import { nameTaken, uploadGone } from './object-failures.ts';
import type { RcloneRemote, RemoteFile } from './rclone-remote.ts';
import { keyHash, uploadIdOf } from './upload-id.ts';

// An upload is a folder: `upload.json` says what it is, and each part is a file of its own, which says by its name what bytes it
// is to hold. Nothing is ever written twice under one name, so that workers that overlap cannot spoil each other's.

/** Where unfinished uploads and drafts live, below the store's own path; no key can name it. */
export const uploadsFolder = '.uploads';

const recordName = 'upload.json';

const recordSchema = z.object({
  key: z.string(),
  sizeBytes: z.int().nonnegative(),
  partSizeBytes: z.int().positive(),
});

// No live process leaves a folder untouched for so long before it has a record.
const remainsMs = 24 * 60 * 60 * 1000;

/** The folder of an upload. */
export function folderOf({ uploadId }: { readonly uploadId: string }): string {
  return `${uploadsFolder}/${uploadId}`;
}

/** Begins an upload, or finds the one that is there; gives up the others of its key. */
export async function beginUpload(
  remote: RcloneRemote,
  upload: Omit<UploadSession, 'uploadId'>,
): Promise<UploadSession> {
  const { key, sizeBytes, partSizeBytes } = upload;
  const session = { key, sizeBytes, partSizeBytes, uploadId: uploadIdOf(upload) };
  const isTaken = (await remote.stat(key)) !== undefined;
  const files = await remote.list(uploadsFolder);
  const folders = Map.groupBy(files, ({ path }) => path.slice(0, path.indexOf('/')));
  for (const [name, inside] of folders) {
    const isOfKey = name.startsWith(`${keyHash(key)}-`) && name !== session.uploadId;
    const isObsolete = isTaken && name.startsWith(keyHash(key));
    if (isOfKey || isObsolete || isRemains(name, inside)) {
      await remote.removeFolder(`${uploadsFolder}/${name}`);
    }
  }
  if (isTaken) throw nameTaken(remote.options, key);
  const record = recordOf(session);
  const there = files.find(({ path }) => path === `${session.uploadId}/${recordName}`);
  if (there?.sizeBytes !== record.length) {
    await remote.write(`${folderOf(session)}/${recordName}`, record.length, [record]);
  }
  return session;
}

/** Stores a part and removes the one that it replaces. */
export async function putPart(
  remote: RcloneRemote,
  session: UploadSession,
  part: UploadPart,
  bytes: Uint8Array,
): Promise<void> {
  const folder = folderOf(session);
  const name = `${part.number}-${part.sha256}-${randomUUID()}`;
  await remote.write(`${folder}/${name}`, part.sizeBytes, [bytes]);
  const files = await remote.list(folder);
  if (!files.some(({ path }) => path === recordName)) {
    // Given up meanwhile: whoever did that has not seen this part.
    await remote.removeFile(`${folder}/${name}`);
    throw uploadGone(remote.options, session.key);
  }
  if (!files.some(({ path, sizeBytes }) => path === name && sizeBytes === part.sizeBytes)) {
    throw failure('StoreUnavailable', {
      observed: `part ${part.number}: not there after the remote accepted it`,
      where: { store: remote.options.name, key: session.key },
    });
  }
  const replaced = files.filter(({ path }) => {
    const other = partIn(path);
    return other?.number === part.number && other.sha256 !== part.sha256;
  });
  for (const { path } of replaced) await remote.removeFile(`${folder}/${path}`);
}

/** A part, and the file that holds it. */
export interface StoredPart extends UploadPart {
  readonly path: string;
}

/** The parts that are stored whole, in order of number; `undefined` where the upload was committed or given up. */
export async function storedParts(
  remote: RcloneRemote,
  session: UploadSession,
): Promise<readonly StoredPart[] | undefined> {
  const folder = folderOf(session);
  const files = await remote.list(folder);
  if (!files.some(({ path }) => path === recordName)) return undefined;
  return files
    .flatMap(({ path, sizeBytes }) => {
      const part = partIn(path);
      if (part === undefined || part.number > partCount(session)) return [];
      const isWhole = sizeBytes === partRange(session, part.number).sizeBytes;
      return isWhole ? [{ ...part, sizeBytes, path: `${folder}/${path}` }] : [];
    })
    .sort((a, b) => a.number - b.number);
}

/** The unfinished uploads, in order of key. */
export async function findUploads(remote: RcloneRemote): Promise<readonly UploadSession[]> {
  const text = await remote.readEach(uploadsFolder, recordName);
  const found = new Map<string, UploadSession>();
  for (const line of text.split('\n')) {
    const record = recordIn(line);
    if (record === undefined) continue;
    const uploadId = uploadIdOf(record);
    found.set(uploadId, { ...record, uploadId });
  }
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Gives up an upload, and the drafts of its key: without its draft no attempt can go on. */
export async function giveUp(
  remote: RcloneRemote,
  upload: { readonly key: string; readonly uploadId: string },
): Promise<void> {
  await remote.removeFolder(folderOf(upload));
  await remote.removeFolder(`${uploadsFolder}/${keyHash(upload.key)}`);
}

// A line of its own, whatever stands before it: all records are read in one go, and one may have been cut short.
function recordOf({ key, sizeBytes, partSizeBytes }: UploadSession): Buffer {
  return Buffer.from(`\n${JSON.stringify({ key, sizeBytes, partSizeBytes })}\n`);
}

function recordIn(line: string): z.infer<typeof recordSchema> | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function partIn(path: string): { readonly number: number; readonly sha256: string } | undefined {
  const [, number, sha256] = /^(\d{1,9})-([0-9a-f]{64})-[0-9a-f-]{36}$/.exec(path) ?? [];
  return number === undefined || sha256 === undefined
    ? undefined
    : { number: Number(number), sha256 };
}

// What a process that died has left: parts of an upload that was given up, drafts that nobody named.
function isRemains(name: string, inside: readonly RemoteFile[]): boolean {
  const isUpload = inside.some(({ path }) => path === `${name}/${recordName}`);
  return !isUpload && inside.every(({ modifiedMs }) => modifiedMs < Date.now() - remainsMs);
}
