import { sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import type { Manifest, ManifestSignature } from '../contracts/manifest.ts';
import { keyIdOf } from './key-id.ts';
import { canonicalManifest } from './manifest.ts';

/**
 * The manifest with a signature by this Ed25519 private key, in place of one that it may have. Equal manifests get equal
 * signatures, so that one that is written again is the same.
 *
 * @throws `ManifestInvalid` (not retryable) for a manifest that would not be read back as it is
 * @see https://www.rfc-editor.org/rfc/rfc8032#section-5.1.6
 */
export function signManifest(
  manifest: Manifest,
  privateKey: KeyObject,
): Manifest & { readonly signature: ManifestSignature } {
  const { signature: _signature, ...unsigned } = manifest;
  const value = sign(null, canonicalManifest(unsigned), privateKey).toString('base64');
  return {
    ...unsigned,
    signature: { algorithm: 'ed25519', keyId: keyIdOf(privateKey), value },
  };
}
