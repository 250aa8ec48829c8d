import { failure } from '../contracts/failures.ts';

/**
 * What a key may be: segments of letters, digits, dot, underscore, plus and minus, parted by single slashes; no segment
 * begins with a dot, so that no key leaves its store or meets an adapter's own files.
 */
export const keyPattern: RegExp = /^[A-Za-z0-9_+-][\w.+-]*(\/[A-Za-z0-9_+-][\w.+-]*)*$/;

/** What a cluster may be called: its name is a segment of every key, a workflow id and a label. */
export const clusterNamePattern: RegExp = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;

/** The folder of one backup, `<cluster>/<id>`: the same in both stores. */
export function backupPrefix(cluster: string, id: string): string {
  return `${cluster}/${id}`;
}

/** The key of one file of a backup. */
export function fileKey(cluster: string, id: string, name: string): string {
  return `${backupPrefix(cluster, id)}/${name}`;
}

/** What a file is called in a store that keeps it compressed, or sealed for recipients, or both. */
export function storedName(
  name: string,
  { isCompressed, isSealed }: { readonly isCompressed: boolean; readonly isSealed: boolean },
): string {
  return `${name}${isCompressed ? '.zst' : ''}${isSealed ? '.age' : ''}`;
}

/** The record that makes the files a backup. */
export function manifestKey(cluster: string, id: string): string {
  return fileKey(cluster, id, 'manifest.json');
}

/** What stands there instead when a required proof failed after the files were stored. */
export function failedKey(cluster: string, id: string): string {
  return fileKey(cluster, id, 'failed.json');
}

// Names longer than this exist in no file system and no object store.
const longestKey = 1024;
const longestSegment = 255;

/** Lets only keys of {@link keyPattern} through. @throws `StoreRefused` (not retryable) */
export function assertKey(key: string): void {
  const fits =
    key.length <= longestKey &&
    keyPattern.test(key) &&
    key.split('/').every((segment) => segment.length <= longestSegment);
  if (fits) return;
  throw failure('StoreRefused', {
    observed: `key ${JSON.stringify(key.slice(0, 100))}: expected letters, digits and ._+- in segments parted by /`,
    nextStep: 'Look at the name of the cluster and of the file: one of them is no possible key.',
  });
}

/** Lets only beginnings of keys through, the empty one among them. @throws `StoreRefused` (not retryable) */
export function assertPrefix(prefix: string): void {
  if (prefix !== '') assertKey(prefix.replace(/\/$/, ''));
}

/** How an object is cut into parts: all of `partSizeBytes`, the last one of what is left. */
export interface PartGeometry {
  readonly sizeBytes: number;
  readonly partSizeBytes: number;
}

/** The number of parts. An empty object is one empty part. */
export function partCount({ sizeBytes, partSizeBytes }: PartGeometry): number {
  return Math.max(1, Math.ceil(sizeBytes / partSizeBytes));
}

/** Where a part is in its object; parts count from 1. */
export function partRange(
  geometry: PartGeometry,
  number: number,
): { readonly offset: number; readonly sizeBytes: number } {
  const offset = (number - 1) * geometry.partSizeBytes;
  return { offset, sizeBytes: Math.min(geometry.partSizeBytes, geometry.sizeBytes - offset) };
}
