import { createHash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { failure, failureDetails } from '../contracts/failures.ts';
import type { Manifest } from '../contracts/manifest.ts';
import type { BackupStore } from './backup-store.ts';
import { manifestKey } from './layout.ts';
import { parseManifest } from './manifest.ts';
import { verifyManifest } from './verify-manifest.ts';
import type { SignatureVerdict } from './verify-manifest.ts';

/** Those whose signatures are believed. Without one nothing is verified, and every manifest is believed. */
export type TrustedKeys = readonly KeyObject[];

/** A folder of the stores. */
export interface Place {
  readonly cluster: string;
  readonly id: string;
}

/** The manifest is there, can be read, and is signed by a trusted key where there are any. */
export interface ReadManifest {
  readonly state: 'backup';
  readonly manifest: Manifest;
  /** As the snapshot store holds them. */
  readonly bytes: Buffer;
  readonly key: string;
  /** Lower-case hexadecimal, of the manifest's bytes. */
  readonly sha256: string;
  /** By which trusted key; `notVerified` where there are none. */
  readonly signature:
    Exclude<SignatureVerdict, { outcome: 'refused' }> | { readonly outcome: 'notVerified' };
}

/**
 * - `unreadable`: it is no manifest of a known format
 * - `untrusted`: no trusted key signed it as it is and for this place; whose word it is, nobody knows
 */
export interface UnusableManifest {
  readonly state: 'unreadable' | 'untrusted';
  readonly observed: string;
}

/**
 * Reads the manifest of one backup from a store, and verifies its signature where there are trusted keys. Whatever is wrong
 * with it is said of it, and does not fail.
 */
export async function readManifest(
  store: BackupStore,
  place: Place,
  { sizeBytes, trustedKeys }: { readonly sizeBytes: number; readonly trustedKeys: TrustedKeys },
  signal: AbortSignal,
): Promise<ReadManifest | UnusableManifest> {
  const key = manifestKey(place.cluster, place.id);
  try {
    const bytes = await readWhole(store, key, sizeBytes, signal);
    const manifest = parseManifest(bytes);
    const signature = judge(place, manifest, bytes, trustedKeys);
    if (signature.outcome === 'refused') {
      return { state: 'untrusted', observed: signature.observed };
    }
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { state: 'backup', manifest, bytes, key, sha256, signature };
  } catch (error) {
    signal.throwIfAborted();
    return { state: 'unreadable', observed: failureDetails(error).observed };
  }
}

function judge(
  place: Place,
  manifest: Manifest,
  bytes: Buffer,
  trustedKeys: TrustedKeys,
): SignatureVerdict | { readonly outcome: 'notVerified' } {
  if (trustedKeys.length === 0) return { outcome: 'notVerified' };
  const verdict = verifyManifest(bytes, trustedKeys);
  if (verdict.outcome === 'refused') return verdict;
  // Signed once, for another backup: put here by somebody who cannot sign.
  const [observed] = wrongPlace(place, manifest);
  return observed === undefined ? verdict : { outcome: 'refused', observed };
}

/** Longer than any manifest of a cluster that etcd can hold. */
const longestManifest = 4 * 1024 * 1024;

/** The bytes of a manifest. @throws `ManifestInvalid`, not retryable, where they are too many; what the store throws */
export async function readWhole(
  store: BackupStore,
  key: string,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  if (sizeBytes > longestManifest) {
    const observed = `manifest: ${sizeBytes} bytes, expected ${longestManifest} at most`;
    throw failure('ManifestInvalid', { observed });
  }
  const bytes = Buffer.alloc(sizeBytes);
  await store.read(key, 0, bytes, signal);
  return bytes;
}

/** One line where the manifest is that of another backup. */
export function wrongPlace({ cluster, id }: Place, manifest: Manifest): readonly string[] {
  if (manifest.cluster.name === cluster && manifest.id === id) return [];
  return [`the manifest is that of ${manifest.cluster.name}/${manifest.id}`];
}
