import { createHash } from 'node:crypto';

/** What a recipient is known by where its text would be too long: the SHA-256 of that text, lower-case hexadecimal. */
export function recipientFingerprint(recipient: string): string {
  return createHash('sha256').update(recipient).digest('hex');
}
