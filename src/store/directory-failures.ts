import { statfs } from 'node:fs/promises';

import { failure } from '../contracts/failures.ts';
import type { FailureType } from '../contracts/failures.ts';

/** The configured directory of a store. */
export interface DirectoryPlace {
  readonly name: string;
  readonly directory: string;
}

const typeOfCode: Readonly<Record<string, FailureType>> = {
  EACCES: 'StoreDenied',
  EPERM: 'StoreDenied',
  EROFS: 'StoreDenied',
  // The file system lacks what the store's promises rest on, or something strange lies under a name.
  EEXIST: 'StoreRefused',
  EFBIG: 'StoreRefused',
  EINVAL: 'StoreRefused',
  EISDIR: 'StoreRefused',
  ELOOP: 'StoreRefused',
  EMLINK: 'StoreRefused',
  ENAMETOOLONG: 'StoreRefused',
  ENOSYS: 'StoreRefused',
  ENOTDIR: 'StoreRefused',
  ENOTSUP: 'StoreRefused',
  EOPNOTSUPP: 'StoreRefused',
  EXDEV: 'StoreRefused',
};

/**
 * Runs work on the file system and turns its error numbers into failures of the catalogue; everything else that it throws
 * goes through as it is.
 */
export async function withDirectoryFailures<T>(
  place: DirectoryPlace,
  action: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    const type = typeOfCode[code] ?? 'StoreUnavailable';
    const space =
      code === 'ENOSPC' || code === 'EDQUOT' ? `, ${await freeBytes(place)} bytes free` : '';
    throw failure(type, {
      observed: `${action} in directory ${place.directory}: ${code}${space}`,
      where: { store: place.name },
      ...(nextSteps[code] === undefined ? {} : { nextStep: nextSteps[code] }),
    });
  }
}

const nextSteps: Readonly<Record<string, string>> = {
  ENOSPC: 'Free space in the store; a live run goes on by itself.',
  EDQUOT: 'Free space in the store or raise its quota; a live run goes on by itself.',
  EROFS: 'Mount the store writable.',
};

/** The code of a file system error, like `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

async function freeBytes({ directory }: DirectoryPlace): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return String(bavail * bsize);
  } catch {
    return 'unknown';
  }
}
