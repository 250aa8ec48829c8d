import { Encrypter } from 'age-encryption';
import type { Recipient } from 'age-encryption';

/** What an age file begins with, and the key that its header wraps. */
export interface AgeHeader {
  /** The header and the payload's nonce: everything before the first sealed byte. */
  readonly prefix: Buffer;
  /** 16 bytes. Whoever has them can open the file. */
  readonly fileKey: Buffer;
}

/** The length of a nonce, and of the tag at the end of every sealed chunk. */
const [nonceBytes, tagBytes] = [16, 16];

/**
 * Makes a header for these recipients, with a key of its own: age's library wraps the key and authenticates the header. None of it
 * is ever the same twice.
 *
 * @see https://age-encryption.org/v1
 */
export async function makeAgeHeader(recipients: readonly string[]): Promise<AgeHeader> {
  const taken: Buffer[] = [];
  // The library keeps the key to itself; a recipient that wraps nothing is shown it too.
  const watcher: Recipient = {
    wrapFileKey: (fileKey) => {
      taken.push(Buffer.from(fileKey));
      return [];
    },
  };
  const encrypter = new Encrypter();
  for (const recipient of [...recipients, watcher]) encrypter.addRecipient(recipient);
  const empty = await encrypter.encrypt(new Uint8Array(0));
  const [fileKey] = taken;
  if (fileKey === undefined) throw new Error('the library of age wrapped no key');
  // A file of nothing is one chunk of nothing: its tag alone.
  return { prefix: Buffer.from(empty.subarray(0, -tagBytes)), fileKey };
}

/** The payload's nonce: the end of a prefix. */
export function nonceOf(prefix: Buffer): Buffer {
  return prefix.subarray(-nonceBytes);
}
