import { partRange } from '../store/layout.ts';
import type { ObjectParts } from './object-parts.ts';
import type { ProgressLimit } from './progress-limit.ts';

/** A part that was read. */
export interface ReadPart {
  readonly number: number;
  /** Valid until what they were given to settles. */
  readonly bytes: Uint8Array;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * Reads parts, in the order of `numbers`, and gives them to `keep`, in the same order and one at a time; meanwhile the next is
 * read. Takes the memory of two parts. When one fails no other is begun, but one that is read already is still kept.
 */
export async function readAhead(
  parts: ObjectParts,
  numbers: readonly number[],
  limit: ProgressLimit,
  keep: (part: ReadPart) => Promise<void>,
): Promise<void> {
  const left = [...numbers];
  let turn = Promise.resolve();
  const carry = async (): Promise<void> => {
    // Outside V8's heap and allocated once: a large backup costs no more memory than a small one.
    const buffer = Buffer.allocUnsafeSlow(Math.min(parts.partSizeBytes, parts.sizeBytes));
    for (let number = left.shift(); number !== undefined; number = left.shift()) {
      const before = turn;
      const { promise, resolve: done } = Promise.withResolvers<void>();
      turn = promise;
      try {
        const bytes = buffer.subarray(0, partRange(parts, number).sizeBytes);
        const sha256 = await limit.race(parts.read(number, bytes));
        await before;
        limit.signal.throwIfAborted();
        await limit.race(keep({ number, bytes, sha256 }));
      } catch (error) {
        left.length = 0;
        throw error;
      } finally {
        done();
      }
    }
  };
  const carriers = left.length > 1 ? [carry(), carry()] : [carry()];
  for (const end of await Promise.allSettled(carriers)) {
    if (end.status === 'rejected') throw end.reason;
  }
}
