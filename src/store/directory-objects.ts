import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { failure } from '../contracts/failures.ts';
import type { StoredObject } from './backup-store.ts';
import { draftPrefix, look, makeParents, resolveKey, uploadsDirectory } from './directory-tree.ts';
import { ensureDirectory, openToRead, publish, readFully, writeDurably } from './durable-file.ts';

/** The object at a key, or `undefined`. */
export async function statObject(root: string, key: string): Promise<StoredObject | undefined> {
  const found = await look(await resolveKey(root, key));
  return found?.isFile() ? { key, sizeBytes: found.size } : undefined;
}

/** Fills `buffer` from the object at a key, or fails. */
export async function readObject(
  root: string,
  key: string,
  range: { readonly offset: number; readonly buffer: Uint8Array },
): Promise<void> {
  const { offset, buffer } = range;
  const path = await resolveKey(root, key);
  if (!(await look(path))?.isFile()) {
    throw failure('StoreRefused', { observed: 'object to be read: not there', where: { key } });
  }
  const file = await openToRead(path);
  try {
    const length = await readFully(file, offset, buffer);
    if (length === buffer.length) return;
    throw failure('StoreRefused', {
      observed: `object to be read: ends at byte ${offset + length}, expected ${offset + buffer.length} or more`,
      where: { key },
    });
  } finally {
    await file.close();
  }
}

/** Writes a small object unless its name is taken by other bytes. */
export async function createObject(
  root: string,
  key: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const path = await resolveKey(root, key);
  const draft = join(root, uploadsDirectory, `${draftPrefix}${randomUUID()}`);
  await ensureDirectory(join(root, uploadsDirectory));
  try {
    await writeDurably(draft, bytes, { signal, create: true });
    await makeParents(root, key);
    signal.throwIfAborted();
    if (!(await publish(draft, path)) && !(await holds(path, bytes))) throw nameTaken(key);
  } finally {
    await rm(draft, { force: true });
  }
}

/** The failure for a name that is taken by something else. */
export function nameTaken(key: string): Error {
  return failure('StoreRefused', { observed: 'name: taken by other bytes', where: { key } });
}

async function holds(path: string, bytes: Uint8Array): Promise<boolean> {
  const found = await look(path);
  if (!found?.isFile() || found.size !== bytes.length) return false;
  const file = await openToRead(path);
  try {
    return (await file.readFile()).equals(bytes);
  } finally {
    await file.close();
  }
}
