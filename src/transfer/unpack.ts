import { constants, createZstdDecompress } from 'node:zlib';
import type { ZstdDecompress } from 'node:zlib';

import { failure } from '../contracts/failures.ts';
import { releaseBytes } from './release-bytes.ts';

/** Fills buffers with what zstd frames hold. */
export interface Unpacker {
  /**
   * Fills `buffer` with what a frame of `sizeBytes` bytes holds. `next` gives them piece by piece: while one is unpacked, the
   * next arrives. One frame at a time.
   *
   * @throws `ChecksumMismatch` (retryable) unless it holds exactly as many bytes; what `next` fails with
   */
  unpack(
    sizeBytes: number,
    next: (piece: Uint8Array) => Promise<void>,
    buffer: Uint8Array,
  ): Promise<void>;
}

const pieceBytes = 256 * 1024;

// More than `zstd -1` needs, which is how ranges are compressed: a frame that asks for more memory is none of ours.
const params = { [constants.ZSTD_d_windowLogMax]: 23 };

/** Makes one. Memory: three pieces of 256 KiB, whatever the frames say. */
export function createUnpacker(where: Readonly<Record<string, string | number>>): Unpacker {
  let piece = Buffer.allocUnsafeSlow(pieceBytes);
  let other = Buffer.allocUnsafeSlow(pieceBytes);
  return {
    async unpack(sizeBytes, next, buffer) {
      const frame = new Frame(buffer);
      let unpacked = Promise.resolve();
      try {
        for (let left = sizeBytes; left > 0; left -= pieceBytes) {
          const packed = piece.subarray(0, left);
          await next(packed);
          await unpacked;
          unpacked = frame.take(packed);
          // It is waited for in its turn.
          unpacked.catch(() => {});
          [piece, other] = [other, piece];
        }
        await unpacked;
        await frame.finish();
      } catch (error) {
        if (!(error instanceof BrokenFrame)) throw error;
        throw failure('ChecksumMismatch', {
          observed: `compressed bytes: ${error.message}`,
          where,
        });
      } finally {
        // Nothing touches a piece or the buffer any more once what is in work has come to its end.
        await unpacked.catch(() => {});
        frame.close();
      }
    },
  };
}

class BrokenFrame extends Error {}

/** A frame that is being unpacked into its buffer. */
class Frame {
  readonly #decoder: ZstdDecompress;
  readonly #buffer: Uint8Array;
  readonly #ended = Promise.withResolvers<void>();
  #count = 0;

  constructor(buffer: Uint8Array) {
    this.#buffer = buffer;
    this.#decoder = createZstdDecompress({ params, chunkSize: pieceBytes });
    const broken = (error: Error): void =>
      this.#ended.reject(
        new BrokenFrame(
          `not to be unpacked to ${buffer.length} bytes: ${'code' in error ? String(error.code) : error.message}`,
        ),
      );
    this.#decoder.on('error', broken).on('end', this.#ended.resolve).on('data', this.#keep);
    // It is heard of when somebody waits.
    this.#ended.promise.catch(() => {});
  }

  /** Resolves when all of the piece is unpacked. */
  async take(packed: Uint8Array): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#decoder.write(packed, () => resolve());
    await Promise.race([promise, this.#ended.promise]);
  }

  async finish(): Promise<void> {
    this.#decoder.end();
    await this.#ended.promise;
    const { length } = this.#buffer;
    if (this.#count !== length) throw new BrokenFrame(`${this.#count} bytes, asked for ${length}`);
  }

  close(): void {
    this.#decoder.destroy();
  }

  readonly #keep = (bytes: Buffer): void => {
    if (this.#count + bytes.length > this.#buffer.length) {
      this.#decoder.destroy(new Error('more than that'));
      return;
    }
    this.#buffer.set(bytes, this.#count);
    this.#count += bytes.length;
    // The decoder's own memory of so many bytes is full with this: it takes other one.
    if (bytes.byteOffset + bytes.length === pieceBytes) releaseBytes(new Uint8Array(bytes.buffer));
  };
}
