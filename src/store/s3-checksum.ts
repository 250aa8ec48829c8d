import type { UploadPart } from './backup-store.ts';
import { sha256OfParts } from './parts-checksum.ts';

/** A SHA-256 as S3 writes it. */
export function toBase64(sha256: string): string {
  return Buffer.from(sha256, 'hex').toString('base64');
}

/** A SHA-256 as S3 writes it, in lower-case hexadecimal; `undefined` for what is none. */
export function toHex(checksum: string | undefined): string | undefined {
  const bytes = Buffer.from(checksum ?? '', 'base64');
  return bytes.length === 32 ? bytes.toString('hex') : undefined;
}

/**
 * The checksum that S3 gives to an object of these parts: the SHA-256 of their SHA-256, and their number.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export function compositeChecksum(parts: readonly Pick<UploadPart, 'sha256'>[]): string {
  return `${toBase64(sha256OfParts(parts.map(({ sha256 }) => sha256)))}-${parts.length}`;
}

/** The SHA-256 of the parts' SHA-256 in such a checksum, lower-case hexadecimal; `undefined` for another kind of checksum. */
export function fromComposite(checksum: string | undefined): string | undefined {
  const [, digest] = /^(.+)-\d+$/.exec(checksum ?? '') ?? [];
  return toHex(digest);
}
