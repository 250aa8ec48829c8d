import { createHash } from 'node:crypto';

import type { UploadPart } from './backup-store.ts';
import type { ByteStream } from './rclone-process.ts';

/** Whether a stream consists of exactly these parts, in their order. Holds one chunk of it in memory. */
export async function consistsOf(
  stream: ByteStream,
  parts: readonly UploadPart[],
): Promise<boolean> {
  const left = parts.filter(({ sizeBytes }) => sizeBytes > 0);
  let hash = createHash('sha256');
  let behind = 0;
  for await (const chunk of stream) {
    for (let rest = chunk; rest.length > 0;) {
      const [part] = left;
      if (part === undefined) return false;
      const bytes = rest.subarray(0, part.sizeBytes - behind);
      rest = rest.subarray(bytes.length);
      hash.update(bytes);
      behind += bytes.length;
      if (behind < part.sizeBytes) continue;
      if (hash.digest('hex') !== part.sha256) return false;
      left.shift();
      hash = createHash('sha256');
      behind = 0;
    }
  }
  return left.length === 0;
}

/** The same stream, which says of each chunk how long it was when it has been taken. */
export async function* counted(
  stream: ByteStream,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of stream) {
    yield chunk;
    onBytes(chunk.length);
  }
}

/** One digest for the bytes of all parts. Pure. */
export function digestOf(parts: readonly UploadPart[]): string {
  const hash = createHash('sha256');
  for (const { sha256 } of parts) hash.update(Buffer.from(sha256, 'hex'));
  return hash.digest('hex');
}
