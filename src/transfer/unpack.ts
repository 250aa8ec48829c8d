import { promisify } from 'node:util';
import { constants, zstdDecompress } from 'node:zlib';

import { failure } from '../contracts/failures.ts';

const decompress = promisify(zstdDecompress);

// Eight MiB, as long as a range is at most: a frame that asks for more memory is none of ours.
const params = { [constants.ZSTD_d_windowLogMax]: 23 };

/**
 * Fills `buffer` with what `packed`, a zstd frame, holds. Never takes more memory than another `buffer`, whatever the frame
 * says.
 *
 * @throws `ChecksumMismatch` (retryable) unless it holds exactly as many bytes
 */
export async function unpack(
  packed: Uint8Array,
  buffer: Uint8Array,
  where: Readonly<Record<string, string | number>>,
): Promise<void> {
  const { length } = buffer;
  let bytes: Buffer;
  try {
    // One chunk more than full, so that everything is in the first.
    bytes = await decompress(packed, { params, chunkSize: length + 1, maxOutputLength: length });
  } catch (error) {
    const observed = error instanceof Error && 'code' in error ? error.code : error;
    throw mismatch(`not to be unpacked to ${length} bytes: ${String(observed)}`, where);
  }
  if (bytes.length !== length) throw mismatch(`${bytes.length} bytes, asked for ${length}`, where);
  buffer.set(bytes);
}

function mismatch(observed: string, where: Readonly<Record<string, string | number>>): Error {
  return failure('ChecksumMismatch', { observed: `compressed bytes: ${observed}`, where });
}
