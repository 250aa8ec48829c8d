import type { S3Operation } from '../../store/fake-bucket.ts';
import type { Freight } from './custody-run.ts';
import { isCarried, sureBytes } from './draw-wire-faults.ts';
import type { SeededNumbers } from './seeded-numbers.ts';

/** Where a process is killed: never after a time, always when something was seen of it. */
export type Death =
  /** It said that the store has so many bytes. */
  | { readonly at: 'progress'; readonly bytesDone: number }
  /** The node has sent so many bytes to it that are the file's, or speak of it. */
  | { readonly at: 'carriage'; readonly afterBytes: number }
  /** The store's server has its request of that kind, which is carried out. */
  | { readonly at: 'request'; readonly operation: S3Operation };

/** One death or two. The first cannot but happen, on a calm wire. */
export function drawDeaths(numbers: SeededNumbers, freight: Freight): readonly Death[] {
  const draw = (): Death => {
    const shrinks = freight.isCompressed && freight.content !== 'random';
    const mostBytes = shrinks ? 0 : freight.sizeBytes;
    const progress = { at: 'progress', bytesDone: numbers.between(0, mostBytes) } as const;
    const carriage = isCarried(freight)
      ? ({ at: 'carriage', afterBytes: numbers.between(0, sureBytes(freight)) } as const)
      : progress;
    const operation = numbers.pick<S3Operation>([
      'CompleteMultipartUpload',
      'CreateMultipartUpload',
      'UploadPart',
    ]);
    return freight.store === 's3'
      ? numbers.pick<Death>([progress, carriage, { at: 'request', operation }])
      : numbers.pick<Death>([progress, progress, carriage]);
  };
  return Array.from({ length: numbers.pick([1, 1, 2]) }, draw);
}
