import type { Verification } from '../contracts/verification.ts';
import type { ByteSource } from './byte-source.ts';
import { trailerBytes } from './trailer.ts';

// Both meta pages say the same in this layout: a page header of 16 bytes, then the meta and its FNV-1a-64.
const metaBytes = 80;
const headerBytes = 16;
const checksumAt = 72;

const magic = 0xed0cdaed;
const metaFlag = 4;
const formatVersion = 2;
const smallestPage = 512;
const largestPage = 65_536;

/** {@link checkMeta} reads nothing at or behind this offset, whatever the page size. */
export const metaReach = largestPage + metaBytes;

interface Meta {
  readonly pageId: bigint;
  readonly flags: number;
  readonly version: number;
  readonly pageSize: number;
  readonly root: bigint;
  /** The first page that the database does not have. */
  readonly highWater: bigint;
  readonly transaction: bigint;
  readonly checksumFits: boolean;
}

/**
 * Judges a snapshot by the two meta pages of its bbolt database: level `shape`. Both must be whole and agree, their
 * transactions differ by one, as bbolt writes them when it streams a database and as a copied live file seldom has them,
 * and the file must be as long as they say. Numbers may be of either byte order: snapshots of IBM Z are big-endian.
 *
 * Reads 160 bytes. A bad file is a failed outcome, never an error; only the source's own failures reject.
 *
 * @see https://github.com/etcd-io/bbolt/blob/v1.4.0/internal/common/meta.go
 * @see https://github.com/etcd-io/bbolt/blob/v1.4.0/tx.go
 */
export async function checkMeta(source: ByteSource, signal: AbortSignal): Promise<Verification> {
  const { sizeBytes } = source;
  const first = await readMeta(source, 0, signal);
  if (typeof first === 'string') return failed(first);
  const { pageSize } = first;
  if (!isPageSize(pageSize)) return failed(`page size ${pageSize}, expected a power of two`);
  const second = await readMeta(source, pageSize, signal);
  if (typeof second === 'string') return failed(second);

  const problems = [
    ...problemsOf(first, 0n),
    ...problemsOf(second, 1n),
    ...disagreements(first, second),
  ];
  const expected = first.highWater * BigInt(pageSize) + BigInt(trailerBytes);
  if (expected !== BigInt(sizeBytes)) {
    problems.push(`the file has ${sizeBytes} bytes, its meta pages say ${expected}`);
  }
  if (problems.length > 0) return failed(problems.join('; '));
  const evidence = `bbolt: both meta pages are whole and agree, ${first.highWater} pages of ${pageSize} bytes, as long as the file`;
  return { level: 'shape', outcome: 'passed', evidence };
}

async function readMeta(
  source: ByteSource,
  offset: number,
  signal: AbortSignal,
): Promise<Meta | string> {
  if (source.sizeBytes < offset + metaBytes) {
    return `no meta page at ${offset}: the file has ${source.sizeBytes} bytes`;
  }
  const bytes = Buffer.alloc(metaBytes);
  await source.read(offset, bytes, signal);
  return parseMeta(bytes) ?? `no meta page at ${offset}: magic ${bytes.toString('hex', 16, 20)}`;
}

function parseMeta(bytes: Buffer): Meta | undefined {
  const little = bytes.readUInt32LE(headerBytes) === magic;
  if (!little && bytes.readUInt32BE(headerBytes) !== magic) return undefined;
  const u16 = (at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const u64 = (at: number) => (little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  return {
    pageId: u64(0),
    flags: u16(8),
    version: u32(20),
    pageSize: u32(24),
    root: u64(32),
    highWater: u64(56),
    transaction: u64(64),
    checksumFits: u64(checksumAt) === fnv1a64(bytes.subarray(headerBytes, checksumAt)),
  };
}

function problemsOf(meta: Meta, page: bigint): string[] {
  return [
    ...(meta.checksumFits ? [] : [`checksum of meta page ${page} does not fit`]),
    ...(meta.version === formatVersion ? [] : [`version ${meta.version}, expected 2`]),
    ...(meta.pageId === page && meta.flags === metaFlag
      ? []
      : [`page ${page} is page ${meta.pageId} with flags ${meta.flags}, expected a meta page`]),
  ];
}

function disagreements(first: Meta, second: Meta): string[] {
  const step = first.transaction - second.transaction;
  return [
    ...(first.pageSize === second.pageSize
      ? []
      : [`page sizes ${first.pageSize} and ${second.pageSize}`]),
    ...(first.root === second.root ? [] : [`root pages ${first.root} and ${second.root}`]),
    ...(first.highWater === second.highWater
      ? []
      : [`page counts ${first.highWater} and ${second.highWater}`]),
    ...(step === 1n || step === -1n
      ? []
      : [`transactions ${first.transaction} and ${second.transaction}, expected neighbours`]),
  ];
}

function isPageSize(size: number): boolean {
  return size >= smallestPage && size <= largestPage && Number.isInteger(Math.log2(size));
}

/** @see https://datatracker.ietf.org/doc/html/draft-eastlake-fnv-17 */
function fnv1a64(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}

function failed(evidence: string): Verification {
  return { level: 'shape', outcome: 'failed', evidence };
}
