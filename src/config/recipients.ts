import { Encrypter } from 'age-encryption';

/** Whether a text is a recipient of age, its checksum included: one wrong letter would seal for nobody. */
export function isRecipient(text: string): boolean {
  try {
    new Encrypter().addRecipient(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether all recipients are of one kind. One that a quantum computer can open would open the file for all of them, which is why
 * `age` itself refuses to mix them.
 *
 * @see https://github.com/FiloSottile/age/blob/v1.3.2/pq.go
 */
export function areOfOneKind(recipients: readonly string[]): boolean {
  const postQuantum = recipients.filter((recipient) => recipient.startsWith('age1pq1'));
  return postQuantum.length === 0 || postQuantum.length === recipients.length;
}
