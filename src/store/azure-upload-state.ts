import type { Block } from '@azure/storage-blob';

import type { UploadPart } from './backup-store.ts';
import { blockNameOf } from './azure-block-id.ts';
import type { BlockName } from './azure-block-id.ts';
import { partCount, partRange } from './layout.ts';
import type { PartGeometry } from './layout.ts';

/** An upload as the blocks of its blob tell of it. */
export interface AzureUpload {
  /** `<generation>-<sizeBytes>-<partSizeBytes>`. */
  readonly uploadId: string;
  readonly generation: number;
  readonly geometry: PartGeometry;
  /** Whether it was begun and not given up. */
  readonly isAlive: boolean;
  /** The parts that count: of each number the last one, in order of number. */
  readonly parts: readonly StoredPart[];
}

/** A part, and its place among what was stored under its number. */
export interface StoredPart extends UploadPart {
  readonly revision: number;
}

/** The name of an upload. Pure. */
export function uploadIdOf(upload: Pick<AzureUpload, 'generation' | 'geometry'>): string {
  const { sizeBytes, partSizeBytes } = upload.geometry;
  return `${upload.generation}-${sizeBytes}-${partSizeBytes}`;
}

/** The uploads that these uncommitted blocks are of, those that were given up among them, oldest first. Pure. */
export function uploadsIn(blocks: readonly Block[]): readonly AzureUpload[] {
  const named = new Map<string, (BlockName & { readonly storedBytes: number })[]>();
  for (const { name, size } of blocks) {
    const block = blockNameOf(name);
    if (block === undefined) continue;
    const uploadId = uploadIdOf(block);
    const others = named.get(uploadId) ?? [];
    others.push({ ...block, storedBytes: size });
    named.set(uploadId, others);
  }
  return [...named]
    .map(([uploadId, found]) => {
      const { generation, geometry } = found[0]!;
      const isAlive =
        found.some(({ kind }) => kind === 'begun') && !found.some(({ kind }) => kind === 'givenUp');
      return { uploadId, generation, geometry, isAlive, parts: partsAmong(found, geometry) };
    })
    .sort((a, b) => a.generation - b.generation || (a.uploadId < b.uploadId ? -1 : 1));
}

function partsAmong(
  blocks: readonly (BlockName & { readonly storedBytes: number })[],
  geometry: PartGeometry,
): readonly StoredPart[] {
  const last = new Map<number, StoredPart>();
  for (const { kind, number, revision, sha256, storedBytes } of blocks) {
    if (kind !== 'part' || number < 1 || number > partCount(geometry)) continue;
    const { sizeBytes } = partRange(geometry, number);
    // What the service says of a block's length must be what its name says; an empty part has a byte in its place.
    if (storedBytes !== Math.max(1, sizeBytes)) continue;
    const other = last.get(number);
    // Two of one revision came at once: every worker sees the same one.
    const isLater =
      other === undefined ||
      revision > other.revision ||
      (revision === other.revision && sha256 > other.sha256);
    if (isLater) last.set(number, { number, sizeBytes, sha256, revision });
  }
  return [...last.values()].sort((a, b) => a.number - b.number);
}
