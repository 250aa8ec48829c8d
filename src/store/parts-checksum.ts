import { createHash } from 'node:crypto';

/** The SHA-256 of the SHA-256 of an object's parts in their order; all of them lower-case hexadecimal. Pure. */
export function sha256OfParts(digests: readonly string[]): string {
  const hash = createHash('sha256');
  for (const digest of digests) hash.update(digest, 'hex');
  return hash.digest('hex');
}
