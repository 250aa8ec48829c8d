import type { ExecFault } from '../../../src/testing/index.ts';
import type { Freight } from './custody-run.ts';
import type { SeededNumbers } from './seeded-numbers.ts';

/** Which program of ours it is that suffers. */
export type NodeProgram =
  'inspection' | 'compression' | 'partList' | 'seal' | 'sealedParts' | 'ranges' | 'directParts';

/** Something that happens to the connections of one program. */
export interface WireFault {
  readonly program: NodeProgram;
  readonly fault: ExecFault;
}

/** A record of our programs: what comes before the bytes that were asked for. */
export const recordBytes = 128;

/** Connections break, close, stand still, lie. The first of the faults is one that cannot but strike. */
export function drawWireFaults(
  numbers: SeededNumbers,
  freight: Freight,
  [least, most]: readonly [least: number, most: number],
): readonly WireFault[] {
  return Array.from({ length: numbers.between(least, most) }, (_, index) =>
    index === 0 ? sureFault(numbers, freight) : anyFault(numbers, freight),
  );
}

/** The program that has the file's bytes. */
export function carrierOf({ isDirect }: Pick<Freight, 'isDirect'>): NodeProgram {
  return isDirect ? 'directParts' : 'ranges';
}

/** Whether anything is to be carried: nothing is asked for of an empty file. */
export function isCarried({ sizeBytes, isCompressed }: Freight): boolean {
  return sizeBytes > 0 || isCompressed;
}

/** So many bytes come out of one connection of the carrier at least, however they are shared out and compressed. */
export function sureBytes(freight: Freight): number {
  const { sizeBytes, content, isCompressed, isDirect, transfer } = freight;
  const shrinks = content !== 'random' && (isCompressed || transfer.compression === 'auto');
  const carried = shrinks || isDirect ? 0 : Math.floor(sizeBytes / transfer.lanes);
  return 2 * recordBytes + carried;
}

function sureFault(numbers: SeededNumbers, freight: Freight): WireFault {
  if (!isCarried(freight)) return { program: 'inspection', fault: programFault(numbers) };
  return { program: carrierOf(freight), fault: carrierFault(numbers, sureBytes(freight)) };
}

function anyFault(numbers: SeededNumbers, freight: Freight): WireFault {
  const carrier = carrierOf(freight);
  const program = numbers.pick<NodeProgram>([
    'inspection',
    'partList',
    ...(freight.isSealed ? (['seal', 'sealedParts'] as const) : []),
    ...(freight.isCompressed ? (['compression'] as const) : []),
    carrier,
    carrier,
    carrier,
    carrier,
  ]);
  if (program !== carrier) return { program, fault: programFault(numbers) };
  const sizeBytes = freight.isDirect ? 0 : freight.sizeBytes;
  return { program, fault: carrierFault(numbers, sizeBytes + 4 * recordBytes) };
}

/** Somewhere in the first so many bytes. */
function carrierFault(numbers: SeededNumbers, withinBytes: number): ExecFault {
  const megabytes = numbers.between(1, 4) * 1_000_000 + numbers.between(0, 999_999);
  const anywhere = numbers.between(0, withinBytes);
  const beginning = numbers.between(0, Math.min(withinBytes, 4 * recordBytes));
  const afterBytes = numbers.pick([anywhere, beginning]);
  // In the first record a flipped bit would be another file's identity.
  const afterRecord = Math.max(recordBytes, anywhere - 1);
  return numbers.pick<ExecFault>([
    { fault: 'cut', afterBytes: Math.min(megabytes, withinBytes), times: numbers.between(2, 12) },
    { fault: 'cut', afterBytes, times: numbers.between(1, 3) },
    { fault: 'truncate', afterBytes, times: numbers.between(1, 3) },
    { fault: 'stall', afterBytes, times: 1 },
    { fault: 'corrupt', afterBytes: afterRecord, times: numbers.between(1, 2) },
    { fault: 'garble', afterBytes: afterRecord, bytes: numbers.pick([1, 128, 40_000]), times: 1 },
    { fault: 'overrun', afterBytes, bytes: numbers.pick([1, 128, 40_000]), times: 1 },
    { fault: 'unknownChannel', afterBytes, channel: numbers.pick([4, 9, 255]), times: 1 },
    { fault: 'refuse', status: numbers.pick([429, 500, 503, 504]), times: numbers.between(1, 3) },
  ]);
}

/** For programs whose answer is records or one short list. */
function programFault(numbers: SeededNumbers): ExecFault {
  const afterBytes = numbers.between(0, recordBytes);
  return numbers.pick<ExecFault>([
    { fault: 'cut', afterBytes, times: numbers.between(1, 2) },
    { fault: 'truncate', afterBytes, times: 1 },
    {
      fault: 'garble',
      afterBytes: numbers.between(0, 63),
      bytes: numbers.between(1, 40),
      times: 1,
    },
    { fault: 'unknownChannel', afterBytes, times: 1 },
    { fault: 'refuse', status: numbers.pick([429, 500, 503]), times: 1 },
  ]);
}
