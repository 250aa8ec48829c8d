import { createHash, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/**
 * What a manifest's signature calls its key: SHA-256 of the public key in DER (SPKI), lower-case hexadecimal. Of a private key
 * it is that of its public half. The same as `openssl pkey -pubin -outform DER | sha256sum` prints.
 */
export function keyIdOf(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}
