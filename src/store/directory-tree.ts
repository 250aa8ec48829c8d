import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { join } from 'node:path';

import { failure } from '../contracts/failures.ts';
import type { StoredObject } from './backup-store.ts';
import { errorCode } from './directory-failures.ts';
import type { DirectoryPlace } from './directory-failures.ts';
import { ensureDirectory } from './durable-file.ts';
import { keyPattern } from './layout.ts';

/** Where unfinished uploads live, below the root; no key can name it. */
export const uploadsDirectory = '.uploads';

/** How the draft of a small object begins there. */
export const draftPrefix = '.create-';

/**
 * The configured directory with its links resolved. It is never made: an unmounted file system must not become a local
 * directory.
 */
export async function openRoot({ name, directory }: DirectoryPlace): Promise<string> {
  const unavailable = (observed: string) =>
    failure('StoreUnavailable', {
      observed: `directory ${directory}: ${observed}`,
      where: { store: name },
      nextStep: 'Is it mounted? Mount or make it; a live run goes on by itself.',
    });
  try {
    if (!(await stat(directory)).isDirectory()) throw unavailable('not a directory');
    return await realpath(directory);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw unavailable('not there');
  }
}

/** The path of a key. A symbolic link on the way is refused, so that no key leads out of the store. */
export async function resolveKey(root: string, key: string): Promise<string> {
  const segments = key.split('/');
  let path = root;
  for (const segment of segments) {
    path = join(path, segment);
    const found = await look(path);
    if (found === undefined) break;
    if (found.isSymbolicLink()) throw strange(path, 'a symbolic link');
  }
  return join(root, ...segments);
}

/** Makes the directories above a key's path, each durable. */
export async function makeParents(root: string, key: string): Promise<void> {
  let path = root;
  for (const segment of key.split('/').slice(0, -1)) {
    path = join(path, segment);
    await ensureDirectory(path);
    if (!(await lstat(path)).isDirectory()) throw strange(path, 'not a directory');
  }
}

/** What is at a path itself, links not followed; `undefined` where there is nothing. */
export async function look(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** The entries of a directory that may be not there. */
export async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The objects below a directory whose key begins with `prefix`. Whatever is no key of ours is passed over. */
export async function findObjects(
  root: string,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly StoredObject[]> {
  const found: StoredObject[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const name of await namesIn(join(root, folder))) {
      signal.throwIfAborted();
      const key = folder === '' ? name : `${folder}/${name}`;
      if (!keyPattern.test(key) || !mayHold(key, prefix)) continue;
      const entry = await look(join(root, key));
      if (entry?.isDirectory() && name !== 'lost+found') await visit(key);
      if (entry?.isFile() && key.startsWith(prefix)) found.push({ key, sizeBytes: entry.size });
    }
  };
  await visit('');
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function mayHold(key: string, prefix: string): boolean {
  return key.startsWith(prefix) || prefix.startsWith(`${key}/`);
}

function strange(path: string, observed: string): Error {
  return failure('StoreRefused', {
    observed: `${path}: ${observed}, expected a directory or file of the store`,
    nextStep: 'Find out who put it there, and remove it.',
  });
}
