import { constants } from 'node:fs';
import { link, mkdir, open, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { errorCode } from './directory-failures.ts';

const { O_CREAT, O_DIRECTORY, O_NOFOLLOW, O_RDONLY, O_RDWR } = constants;

// A signal is looked at between two writes of this length.
const writeBytes = 4 * 1024 * 1024;

/** Opens a file of ours for reading and never follows a symbolic link. */
export function openToRead(path: string): Promise<FileHandle> {
  return open(path, O_RDONLY | O_NOFOLLOW);
}

/**
 * Writes bytes at an offset of a file and syncs it, 0600. Never truncates: overlapping writers of the same bytes do not
 * disturb each other.
 */
export async function writeDurably(
  path: string,
  bytes: Uint8Array,
  options: {
    readonly signal: AbortSignal;
    readonly offset?: number;
    readonly create?: boolean;
  },
): Promise<void> {
  const { signal, offset = 0, create = false } = options;
  const file = await open(path, O_RDWR | O_NOFOLLOW | (create ? O_CREAT : 0), 0o600);
  try {
    let done = 0;
    while (done < bytes.length) {
      signal.throwIfAborted();
      const length = Math.min(writeBytes, bytes.length - done);
      const { bytesWritten } = await file.write(bytes, done, length, offset + done);
      done += bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Fills `buffer` from `offset`; returns how much there was. */
export async function readFully(
  file: FileHandle,
  offset: number,
  buffer: Uint8Array,
): Promise<number> {
  let done = 0;
  while (done < buffer.length) {
    const { bytesRead } = await file.read(buffer, done, buffer.length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** Makes what was done to the names in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Makes a directory, 0700, where there is none, durably. */
export async function ensureDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, 0o700);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  // Also when it is there: its maker may have died before syncing.
  await syncDirectory(dirname(path));
}

/** Gives a synced file a second name unless it is taken; `false` when it is. The name is durable either way. */
export async function publish(file: string, path: string): Promise<boolean> {
  let taken = false;
  try {
    await link(file, path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    taken = true;
  }
  await syncDirectory(dirname(path));
  return !taken;
}

/** Puts a synced file in the place of another, durably. */
export async function replace(file: string, path: string): Promise<void> {
  await rename(file, path);
  await syncDirectory(dirname(path));
}
