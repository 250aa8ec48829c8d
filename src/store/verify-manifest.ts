import { verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { keyIdOf } from './key-id.ts';
import { parseManifest, signedBytes } from './manifest.ts';

/** Whether the bytes of a manifest are those that the holder of a known key signed, and which key that was. */
export type SignatureVerdict =
  | { readonly outcome: 'verified'; readonly keyId: string }
  | { readonly outcome: 'refused'; readonly observed: string };

/**
 * Verifies the signature of a stored manifest. Only one by a key of `publicKeys` counts, and it must be of every byte: fields
 * that this release does not know are signed like all others.
 *
 * @throws `ManifestInvalid` (not retryable) where the bytes are no manifest of a known format
 */
export function verifyManifest(
  bytes: Uint8Array,
  publicKeys: readonly KeyObject[],
): SignatureVerdict {
  const { signature } = parseManifest(bytes);
  const known = publicKeys.map((key) => ({ key, keyId: keyIdOf(key) }));
  const expected = `expected one by key ${known.map(({ keyId }) => keyId).join(' or ')}`;
  if (signature === undefined) return refused(`the manifest has no signature, ${expected}`);
  const { keyId, value } = signature;
  const signer = known.find((one) => one.keyId === keyId);
  if (signer === undefined) {
    return refused(`the manifest has a signature by key ${keyId}, ${expected}`);
  }
  const signed = signedBytes(bytes);
  if (signed === undefined || !verify(null, signed, signer.key, Buffer.from(value, 'base64'))) {
    return refused(`the manifest is not what key ${keyId} signed`);
  }
  return { outcome: 'verified', keyId };
}

function refused(observed: string): SignatureVerdict {
  return { outcome: 'refused', observed };
}
