import type { BackupPolicy } from '../../../src/contracts/policy.ts';
import type { NodeFacts } from '../../../src/contracts/run.ts';
import { partCount } from '../../../src/store/layout.ts';
import { s3PartLimits } from '../../../src/store/s3-uploads.ts';
import { fileChanges } from './change-file.ts';
import type { FileChange } from './change-file.ts';
import { drawDeaths } from './draw-deaths.ts';
import type { Death } from './draw-deaths.ts';
import { drawStoreFaults } from './draw-store-faults.ts';
import type { StoreFault } from './draw-store-faults.ts';
import { drawWireFaults } from './draw-wire-faults.ts';
import type { WireFault } from './draw-wire-faults.ts';
import { seededNumbers } from './seeded-numbers.ts';
import type { SeededNumbers } from './seeded-numbers.ts';

/** What a run has to get over. */
export type Trouble = 'connections' | 'stores' | 'overlaps' | 'deaths' | 'changes';

/** What travels, and how. */
export interface Freight {
  readonly sizeBytes: number;
  readonly partSizeBytes: number;
  /** What compresses is where zstd has something to do. */
  readonly content: 'random' | 'text' | 'mixed';
  readonly store: 's3' | 'directory';
  /** For a recipient. */
  readonly isSealed: boolean;
  /** On the node, and stored so. */
  readonly isCompressed: boolean;
  /** The node itself sends it. */
  readonly isDirect: boolean;
  readonly transfer: Pick<NonNullable<BackupPolicy['transfer']>, 'lanes' | 'compression'>;
}

/** One file on its way from the node to a store, and all that goes wrong meanwhile. Plain: the same for the same seed. */
export interface CustodyRun extends Freight {
  readonly title: string;
  readonly seed: string;
  readonly trouble: Trouble;
  readonly digestTool: NodeFacts['digestTool'];
  readonly wireFaults: readonly WireFault[];
  readonly storeFaults: readonly StoreFault[];
  /** Processes that work on the upload one after the other, each until it dies. */
  readonly deaths: readonly Death[];
  /** Whether two attempts work at once. */
  readonly overlaps: boolean;
  /** What becomes of the file while this part is stored. */
  readonly change?: { readonly atPart: number; readonly how: FileChange };
}

const mebibyte = 1024 ** 2;
const stepBytes = 64 * 1024;
const mostBytes = 14 * mebibyte;
const mostParts = 24;

/** Draws a run. Unless told otherwise the node may be the one that sends. */
export function drawRun(
  trouble: Trouble,
  number: number,
  options: { readonly nodeReachesStore?: false } = {},
): CustodyRun {
  const seed = `${trouble} ${number}`;
  const numbers = seededNumbers(seed);
  const changes = trouble === 'changes';
  const drawn = drawFreight(numbers, changes);
  const freight = { ...drawn, isDirect: drawn.isDirect && options.nodeReachesStore !== false };
  const deaths = trouble === 'deaths' ? drawDeaths(numbers, freight) : [];
  // A wire that is told to break would keep this one from standing still.
  const isCalm = deaths.some(({ at }) => at === 'carriage');
  // Likewise requests that fail before.
  const isDeathly = (fault: StoreFault) =>
    deaths.some(
      (death) =>
        'operation' in fault && death.at === 'request' && death.operation === fault.operation,
    );
  const storeFaults = trouble === 'connections' || changes ? [] : drawStoreFaults(numbers, freight);
  const run = {
    seed,
    trouble,
    ...freight,
    digestTool: numbers.pick<CustodyRun['digestTool']>(['openssl', 'sha256sum']),
    overlaps: trouble === 'overlaps' || (trouble === 'deaths' && numbers.inHundred(25)),
    wireFaults: isCalm ? [] : drawWireFaults(numbers, freight, wireFaultsOf[trouble]),
    storeFaults: storeFaults.filter((fault) => !isDeathly(fault)),
    deaths,
    ...(changes ? { change: drawChange(numbers, freight) } : {}),
  };
  return { ...run, title: titleOf(run) };
}

const wireFaultsOf: Readonly<Record<Trouble, readonly [least: number, most: number]>> = {
  connections: [1, 4],
  stores: [0, 0],
  overlaps: [0, 3],
  deaths: [0, 1],
  changes: [0, 2],
};

function drawFreight(numbers: SeededNumbers, changes: boolean): Freight {
  const store = numbers.pick<Freight['store']>(['s3', 's3', 'directory']);
  const size = drawSize(numbers, store, changes ? leastPartsOfChange : 0);
  const isSealed = numbers.inHundred(35);
  return {
    ...size,
    store,
    isSealed,
    // A file that compressed well would have too few parts to change in.
    isCompressed: numbers.inHundred(isSealed ? 20 : 30) && !changes,
    isDirect: numbers.inHundred(45) && store === 's3' && !isSealed,
    content: numbers.pick<Freight['content']>(['random', 'text', 'mixed']),
    transfer: {
      lanes: numbers.between(1, 4),
      compression: numbers.pick<'auto' | 'off'>(['auto', 'auto', 'off']),
    },
  };
}

/** While a part is stored the next one is read: the one after that has not been asked for. */
const leastPartsOfChange = 3;

function drawChange(numbers: SeededNumbers, freight: Freight): NonNullable<CustodyRun['change']> {
  const atPart = numbers.between(1, partCount(freight) - 2);
  return { atPart, how: numbers.pick(fileChanges) };
}

/** Around the ends of parts, where mistakes are; otherwise anywhere. */
function drawSize(
  numbers: SeededNumbers,
  store: Freight['store'],
  leastParts: number,
): Pick<Freight, 'sizeBytes' | 'partSizeBytes'> {
  const { leastBytes } = s3PartLimits;
  const partSizeBytes =
    store === 's3'
      ? leastBytes + stepBytes * numbers.pick([0, 0, 0, 1, numbers.between(0, 16)])
      : stepBytes * numbers.pick([1, 4, 16, numbers.between(1, 64)]);
  const parts = Math.floor(Math.min(mostBytes / partSizeBytes, mostParts));
  // Small files are as instructive as large ones, and there can be more of them.
  const most = Math.max(leastParts, numbers.pick([1, 2, parts]));
  const whole = numbers.between(leastParts, most) * partSizeBytes;
  const around = numbers.pick([-1, 0, 1, numbers.between(0, partSizeBytes - 1)]);
  return { sizeBytes: Math.max(0, whole + around), partSizeBytes };
}

function titleOf(run: Omit<CustodyRun, 'title'>): string {
  const { seed, sizeBytes, partSizeBytes, transfer, store, content } = run;
  const what = `${sizeBytes} bytes of ${content} in parts of ${partSizeBytes / stepBytes} steps`;
  const way = run.isDirect
    ? 'sent by the node'
    : `${transfer.lanes} lanes, compression ${transfer.compression}`;
  const forms = [run.isCompressed ? ['compressed'] : [], run.isSealed ? ['sealed'] : []].flat();
  return `${seed}: ${[what, way, ...forms].join(', ')}, to ${store}`;
}
