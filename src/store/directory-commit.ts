import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { failure } from '../contracts/failures.ts';
import type { UploadPart, UploadSession } from './backup-store.ts';
import { nameTaken } from './directory-objects.ts';
import { look, makeParents, resolveKey } from './directory-tree.ts';
import { giveUp, openUpload, partsOf } from './directory-uploads.ts';
import type { OpenUpload } from './directory-uploads.ts';
import { openToRead, publish, readFully, syncDirectory } from './durable-file.ts';
import { partRange } from './layout.ts';
import { assertPartList } from './upload-checks.ts';

/** Gives the bytes of an upload their name, once. The bytes stay where they are: no second copy, no reader of a half. */
export async function commitUpload(
  root: string,
  session: UploadSession,
  parts: readonly UploadPart[],
  signal: AbortSignal,
): Promise<void> {
  assertPartList(session, parts);
  const path = await resolveKey(root, session.key);
  const upload = await openUpload(root, session);
  const commit = { root, path, session, parts, upload, signal };
  try {
    await publishParts(commit);
  } catch (error) {
    // An earlier or overlapping attempt may have been first, and the upload is gone since.
    if (!(await isCommitted(commit))) throw error;
  }
  await syncDirectory(dirname(path));
  await giveUp(root, session.uploadId);
}

interface Commit {
  readonly root: string;
  readonly path: string;
  readonly session: UploadSession;
  readonly parts: readonly UploadPart[];
  readonly upload: OpenUpload | undefined;
  readonly signal: AbortSignal;
}

async function publishParts(commit: Commit): Promise<void> {
  const { root, path, session, parts, upload, signal } = commit;
  if (upload === undefined) throw uploadGone(session);
  const stored = new Map((await partsOf(upload, signal)).map((part) => [part.number, part]));
  for (const { number, sizeBytes, sha256 } of parts) {
    const found = stored.get(number);
    if (found?.sha256 === sha256 && found.sizeBytes === sizeBytes) continue;
    throw failure('ChecksumMismatch', {
      observed: `part ${number}: ${found === undefined ? 'not stored' : `stored with SHA-256 ${found.sha256}`}, expected ${sha256}`,
      where: { key: session.key },
    });
  }
  const { size } = await stat(upload.data);
  if (size !== session.sizeBytes) {
    throw failure('ChecksumMismatch', {
      observed: `stored parts: ${size} bytes, expected ${session.sizeBytes}`,
      where: { key: session.key },
    });
  }
  await makeParents(root, session.key);
  signal.throwIfAborted();
  if (!(await publish(upload.data, path))) throw nameTaken(session.key);
}

/** Whether the object is there; fails when the name is taken by something else. */
async function isCommitted(commit: Commit): Promise<boolean> {
  const { path, session, upload } = commit;
  const found = await look(path);
  if (found === undefined) return false;
  const data = upload === undefined ? undefined : await look(upload.data);
  if (data?.ino === found.ino && data.dev === found.dev) return true;
  const isFile = found.isFile() && found.size === session.sizeBytes;
  if (isFile && (await consistsOfParts(commit))) return true;
  throw nameTaken(session.key);
}

async function consistsOfParts({ path, session, parts, signal }: Commit): Promise<boolean> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(session.partSizeBytes, session.sizeBytes));
  const file = await openToRead(path);
  try {
    for (const part of parts) {
      signal.throwIfAborted();
      const bytes = buffer.subarray(0, part.sizeBytes);
      const length = await readFully(file, partRange(session, part.number).offset, bytes);
      if (length < bytes.length) return false;
      if (createHash('sha256').update(bytes).digest('hex') !== part.sha256) return false;
    }
    return true;
  } finally {
    await file.close();
  }
}

/** The failure for an upload that another attempt committed or gave up. */
export function uploadGone({ key }: UploadSession): Error {
  return failure('StoreUnavailable', {
    observed: 'upload: not there, it was committed or given up',
    where: { key },
    nextStep: 'Nothing: the next try begins it again, or finds the object.',
  });
}
