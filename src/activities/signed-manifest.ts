import type { KeyObject } from 'node:crypto';

import type { BackupPolicy, Manifest } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Resolver } from '../config/resolve.ts';
import { canonicalManifest } from '../store/manifest.ts';
import { signManifest } from '../store/sign-manifest.ts';
import { verifyManifest } from '../store/verify-manifest.ts';

/**
 * The manifest as it may be written: one that is signed already is verified, as far as this worker knows keys; any other is
 * signed where a key is configured. Without one it stays as it is, unless the policy asks for a signature.
 *
 * @throws `SigningKeyUnavailable`, retryable
 * @throws `ManifestInvalid`, not retryable: a signature that does not fit, or is by a key that is not known
 */
export async function signedManifest(
  manifest: Manifest,
  policy: Pick<BackupPolicy, 'signManifest'>,
  resolver: Pick<Resolver, 'signingKey' | 'trustedKeys'>,
): Promise<Manifest> {
  if (manifest.signature !== undefined) {
    const keys = await usableKeys(async () => await resolver.trustedKeys());
    requireVerified(manifest, keys);
    return manifest;
  }
  const key = await usableSigningKey(resolver);
  if (key !== undefined) return signManifest(manifest, key);
  if (policy.signManifest !== true) return manifest;
  throw failure('SigningKeyUnavailable', {
    observed: "the worker's configuration has no signing.privateKey, expected one as the run began",
  });
}

/**
 * The key that this worker would sign with; `undefined` where the configuration names none.
 *
 * @throws `SigningKeyUnavailable`, retryable, where it names one that cannot be used
 */
export async function usableSigningKey(
  resolver: Pick<Resolver, 'signingKey'>,
): Promise<KeyObject | undefined> {
  return await usableKeys(async () => await resolver.signingKey());
}

async function usableKeys<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw failure('SigningKeyUnavailable', { observed: error.message });
  }
}

function requireVerified(manifest: Manifest, keys: readonly KeyObject[]): void {
  if (keys.length === 0) return;
  const verdict = verifyManifest(canonicalManifest(manifest), keys);
  if (verdict.outcome === 'verified') return;
  throw failure('ManifestInvalid', {
    observed: `the manifest to be written: ${verdict.observed}`,
    where: { id: manifest.id },
    nextStep: 'Give all workers of this run the same signing keys, then start again.',
  });
}
