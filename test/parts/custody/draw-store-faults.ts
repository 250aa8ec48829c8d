import type { BackupStore } from '../../../src/store/backup-store.ts';
import { partCount } from '../../../src/store/layout.ts';
import type { S3Operation } from '../../store/fake-bucket.ts';
import type { Fault } from '../../store/faulty-server.ts';
import type { Freight } from './custody-run.ts';
import type { SeededNumbers } from './seeded-numbers.ts';

/** Something that happens to a store: to its server, or, where it has none, to calls of it. */
export type StoreFault =
  | { readonly operation: S3Operation; readonly fault: Fault; readonly times: number }
  /** Somebody, a lifecycle rule perhaps, gives all uploads up right before that. */
  | { readonly operation: S3Operation; readonly fault: 'uploadsGone'; readonly times: 1 }
  | {
      readonly call: FallibleCall;
      /** Which of these calls, from 1. */
      readonly nth: number;
      /** Whether it is done all the same. */
      readonly isDone: boolean;
    };

export type FallibleCall = keyof BackupStore & ('begin' | 'putPart' | 'listParts' | 'commit');

/** One to three things that go wrong with the store. */
export function drawStoreFaults(numbers: SeededNumbers, freight: Freight): readonly StoreFault[] {
  const draw = () => (freight.store === 's3' ? s3Fault(numbers) : callFault(numbers, freight));
  return Array.from({ length: numbers.between(1, 3) }, draw);
}

function s3Fault(numbers: SeededNumbers): StoreFault {
  const operation = numbers.pick<S3Operation>([
    'CompleteMultipartUpload',
    'CompleteMultipartUpload',
    'CreateMultipartUpload',
    'HeadObject',
    'ListMultipartUploads',
    'ListParts',
    'UploadPart',
    'UploadPart',
    'UploadPart',
  ]);
  // More than the SDK's own tries end the attempt.
  const times = numbers.pick([1, 1, 1, 2, 5]);
  const any: readonly [Fault, ...Fault[]] = [
    { refuse: 503, code: 'SlowDown' },
    { refuse: 500, code: 'InternalError' },
    { loseAnswer: true },
    { cutAnswerAfterBytes: numbers.between(0, 40) },
  ];
  if (operation === 'UploadPart') {
    const fault = numbers.pick<Fault | 'uploadsGone'>([
      ...any,
      { breakAfterBytes: numbers.between(1, 5_000_000) },
      { damage: true },
      { pretend: true },
      { refuse: 404, code: 'NoSuchUpload' },
      'uploadsGone',
    ]);
    return fault === 'uploadsGone' ? { operation, fault, times: 1 } : { operation, fault, times };
  }
  if (operation === 'CompleteMultipartUpload') {
    const fault = numbers.pick<Fault | 'uploadsGone'>([
      ...any,
      { loseAnswer: true },
      { errorUnder200: 'InternalError' },
      { errorUnder200: 'SlowDown' },
      { pretend: true },
      { refuse: 404, code: 'NoSuchUpload' },
      { refuse: 409, code: 'ConditionalRequestConflict' },
      'uploadsGone',
    ]);
    return { operation, fault, times: 1 };
  }
  return { operation, fault: numbers.pick(any), times };
}

function callFault(numbers: SeededNumbers, freight: Freight): StoreFault {
  const call = numbers.pick<FallibleCall>(['begin', 'putPart', 'putPart', 'listParts', 'commit']);
  const parts = freight.isCompressed ? 1 : partCount(freight);
  const nth = call === 'putPart' ? numbers.between(1, Math.min(parts, 8)) : 1;
  return { call, nth, isDone: numbers.inHundred(50) };
}
