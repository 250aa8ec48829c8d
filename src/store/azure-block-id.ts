import type { PartGeometry } from './layout.ts';

/**
 * What a block's name says. A container knows no uploads, only names of blocks below the name of a blob: everything that has
 * to be known of an upload stands in them.
 */
export interface BlockName {
  /** `begun` and `givenUp` are marks of one byte that are never part of an object. */
  readonly kind: 'begun' | 'part' | 'givenUp';
  /** Counts the uploads of one key, from 1. */
  readonly generation: number;
  /** The cut of the upload. */
  readonly geometry: PartGeometry;
  /** Of a part, from 1; 0 of a mark. */
  readonly number: number;
  /** Counts what was stored under that number, from 1; 0 of a mark. */
  readonly revision: number;
  /** Of a part's bytes, lower-case hexadecimal; of a mark, zeros. */
  readonly sha256: string;
}

const kinds = ['begun', 'part', 'givenUp'] as const;
const format = 1;
const lengthBytes = 60;
const noDigest = '0'.repeat(64);

/** A mark of an upload. */
export function markName(
  kind: 'begun' | 'givenUp',
  upload: Pick<BlockName, 'generation' | 'geometry'>,
): BlockName {
  const { generation, geometry } = upload;
  return { kind, generation, geometry, number: 0, revision: 0, sha256: noDigest };
}

/**
 * The id of a block as Azure takes it: base64 of at most 64 bytes, of one length for all blocks of a blob. Pure.
 *
 * @see https://learn.microsoft.com/en-us/rest/api/storageservices/put-block#uri-parameters
 */
export function blockIdOf(block: BlockName): string {
  const bytes = Buffer.alloc(lengthBytes);
  bytes.writeUInt8(format, 0);
  bytes.writeUInt8(kinds.indexOf(block.kind), 1);
  bytes.writeUInt32BE(block.generation, 4);
  bytes.writeUIntBE(block.geometry.sizeBytes, 8, 6);
  bytes.writeUIntBE(block.geometry.partSizeBytes, 14, 6);
  bytes.writeUInt32BE(block.number, 20);
  bytes.writeUInt32BE(block.revision, 24);
  bytes.write(block.sha256, 28, 32, 'hex');
  return bytes.toString('base64');
}

/** What the id of a block says; `undefined` for one that is not of ours. Pure. */
export function blockNameOf(id: string): BlockName | undefined {
  const bytes = Buffer.from(id, 'base64');
  if (bytes.length !== lengthBytes || bytes.readUInt8(0) !== format) return undefined;
  const kind = kinds[bytes.readUInt8(1)];
  const geometry = { sizeBytes: bytes.readUIntBE(8, 6), partSizeBytes: bytes.readUIntBE(14, 6) };
  if (kind === undefined || geometry.partSizeBytes === 0) return undefined;
  return {
    kind,
    generation: bytes.readUInt32BE(4),
    geometry,
    number: bytes.readUInt32BE(20),
    revision: bytes.readUInt32BE(24),
    sha256: bytes.toString('hex', 28),
  };
}
