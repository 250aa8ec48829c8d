import { createHash } from 'node:crypto';

import type { UploadPart } from './backup-store.ts';

/** The SHA-256 of the SHA-256 of an object's parts in their order, lower-case hexadecimal. */
export function sha256OfParts(parts: readonly Pick<UploadPart, 'sha256'>[]): string {
  const hash = createHash('sha256');
  for (const { sha256 } of parts) hash.update(sha256, 'hex');
  return hash.digest('hex');
}
