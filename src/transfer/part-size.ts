/** What every store takes. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const mostParts = 10_000;

/** Sizes of parts are whole multiples of it: age seals so many bytes at once. */
const stepBytes = 64 * 1024;

// What sealing adds: 16 bytes to each step, and a header, which is far shorter than this even for many recipients.
const sealedBytes = 16;
const headerBytes = 1024 * 1024;

/**
 * The size of a file's parts: the one that is wanted, or for a file that would have more than 10,000 of them, sealed or not, the
 * smallest multiple of 64 KiB with which it has not. Pure.
 */
export function partSizeFor(sizeBytes: number, wantedBytes: number): number {
  const longest = sizeBytes + Math.ceil(sizeBytes / stepBytes) * sealedBytes + headerBytes;
  if (Math.ceil(longest / wantedBytes) <= mostParts) return wantedBytes;
  return Math.ceil(longest / mostParts / stepBytes) * stepBytes;
}
