import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { partCount, partRange } from '../store/layout.ts';
import type { AgeHeader } from './age-header.ts';
import { chunkBytes, chunkSealer, sealedChunkBytes, sealedLength } from './chunk-sealer.ts';
import type { ObjectParts } from './object-parts.ts';
import type { PartRecord } from './part-record.ts';
import { releaseBytes } from './release-bytes.ts';

/** How much is sealed before others have a turn: some milliseconds. */
const turnBytes = 4 * 1024 * 1024;

/**
 * A file's parts, sealed: what `age -d` opens. Each part of the file is proven to be what the node has before any of it is sealed:
 * that is the business of `plain`.
 *
 * Some stores want equal parts. Each is as long as a part of the file is when it is sealed; and because the header comes first, it
 * ends so much before that part of the file does: the rest begins the next one. So it is made of its own part of the file and the
 * last bytes of the one before, which is read once more where an upload goes on. A header padded with stanzas that nobody knows
 * would end with a chunk, but with a part of the file only if it were as long as one.
 *
 * It takes no memory of a part: the file's part is read into the end of the buffer that the sealed one is to fill.
 */
export function sealedParts(
  plain: ObjectParts,
  header: AgeHeader,
  record: PartRecord,
  signal: AbortSignal,
): ObjectParts {
  const { prefix } = header;
  if (plain.partSizeBytes % chunkBytes !== 0 || prefix.length > chunkBytes) {
    throw new TypeError(
      `parts of ${plain.partSizeBytes} bytes, a header of ${prefix.length}: expected whole chunks, and at most one`,
    );
  }
  const partSizeBytes = sealedLength(plain.partSizeBytes);
  const geometry = { sizeBytes: prefix.length + sealedLength(plain.sizeBytes), partSizeBytes };
  const plainCount = partCount(plain);
  const chunksPerPart = plain.partSizeBytes / chunkBytes;
  const lastChunk = Math.max(1, Math.ceil(plain.sizeBytes / chunkBytes)) - 1;
  const seal = chunkSealer(header);

  /** Reads a part of the file and seals it from its chunk `from` on: the sealed chunks and their tags, in order. */
  async function* sealPart(number: number, bytes: Buffer, from = 0): AsyncGenerator<Buffer[]> {
    await plain.read(number, bytes);
    const first = (number - 1) * chunksPerPart;
    const count = Math.max(1, Math.ceil(bytes.length / chunkBytes));
    for (let chunk = from; chunk < count; chunk += 1) {
      const at = chunk * chunkBytes;
      if (at % turnBytes === 0) {
        await nextTurn();
        signal.throwIfAborted();
      }
      const index = first + chunk;
      yield seal(index, index === lastChunk, bytes.subarray(at, at + chunkBytes));
    }
  }

  // What is sealed already of the part `begunPart`: its first bytes.
  const begun = Buffer.from(prefix);
  let begunPart = 1;

  /** Makes the first bytes of a part again: the last ones of the part of the file before. */
  const begin = async (number: number, buffer: Buffer) => {
    if (number === 1) {
      prefix.copy(begun);
      return;
    }
    const { sizeBytes } = partRange(plain, number - 1);
    const bytes =
      buffer.length < sizeBytes ? Buffer.allocUnsafeSlow(sizeBytes) : buffer.subarray(0, sizeBytes);
    const skipped = partSizeBytes - prefix.length;
    const from = Math.floor(skipped / sealedChunkBytes);
    let at = from * sealedChunkBytes - skipped;
    for await (const sealed of sealPart(number - 1, bytes, from)) {
      for (const piece of sealed) {
        piece.subarray(Math.max(0, -at)).copy(begun, Math.max(0, at));
        at += piece.length;
      }
    }
  };

  /** Fills the buffer with the part; what is sealed beyond its end begins the next one. */
  const make = async (number: number, buffer: Buffer): Promise<string> => {
    const isBegun = begunPart === number;
    begunPart = 0;
    if (!isBegun) await begin(number, buffer);
    let filled = 0;
    let beyond = 0;
    const pour = (bytes: Buffer): void => {
      const taken = bytes.copy(buffer, filled);
      filled += taken;
      beyond += bytes.copy(begun, beyond, taken);
      if (bytes !== begun) releaseBytes(bytes);
    };
    // One chunk behind: what is poured may reach into the next chunk of the file, which is sealed by then.
    let sealed: readonly Buffer[] = [begun];
    if (number <= plainCount) {
      const { sizeBytes } = partRange(plain, number);
      const bytes = buffer.subarray(buffer.length - sizeBytes);
      for await (const next of sealPart(number, bytes)) {
        for (const piece of sealed) pour(piece);
        sealed = next;
      }
    }
    for (const piece of sealed) pour(piece);
    begunPart = number + 1;
    const sha256 = createHash('sha256').update(buffer).digest('hex');
    if (record.digests.get(number) !== sha256) await record.add(number, sha256);
    return sha256;
  };

  // One after the other: each begins with what the one before left.
  let turn: Promise<unknown> = Promise.resolve();
  return {
    ...geometry,
    digests: async () =>
      Array.from({ length: partCount(geometry) }, (_, index) => record.digests.get(index + 1)),
    read(number, buffer) {
      const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
      const made = turn.then(async () => await make(number, bytes));
      turn = made.catch(() => undefined);
      return made;
    },
    [Symbol.asyncDispose]: async () => await record[Symbol.asyncDispose](),
  };
}
