import { failure } from '../contracts/failures.ts';
import { blockIdOf, markName } from './azure-block-id.ts';
import { putBlock } from './azure-blocks.ts';
import type { AzureContainer } from './azure-container.ts';
import { isAbsent, isRefusal } from './azure-failures.ts';
import { headBlob } from './azure-objects.ts';
import { uploadIdOf, uploadsIn } from './azure-upload-state.ts';
import type { AzureUpload } from './azure-upload-state.ts';
import type { UploadSession } from './backup-store.ts';
import { partCount } from './layout.ts';
import type { PartGeometry } from './layout.ts';
import { nameTaken } from './object-failures.ts';

/**
 * The rules of Azure for blocks: at most 4000 MiB each, at most 50,000 of them.
 *
 * @see https://learn.microsoft.com/en-us/azure/storage/blobs/scalability-targets
 */
const limits = { mostBytes: 4000 * 1024 ** 2, mostParts: 50_000 } as const;

/**
 * How long blocks stay that nobody commits, after the last one of their name.
 *
 * @see https://learn.microsoft.com/en-us/rest/api/storageservices/put-block#remarks
 */
export const abandonedBlocksStayMs: number = 7 * 24 * 60 * 60 * 1000;

/** Begins an upload, or finds the unfinished one of the same cut. Two workers at once make the same mark, which is one. */
export async function beginUpload(
  container: AzureContainer,
  upload: Omit<UploadSession, 'uploadId'>,
  signal: AbortSignal,
): Promise<UploadSession> {
  const { key, sizeBytes, partSizeBytes } = upload;
  assertCut(container, upload);
  if ((await headBlob(container, key, signal)) !== undefined) {
    throw nameTaken(container.options, key);
  }
  const uploads = await uploadsOf(container, key, signal);
  const alive = uploads.filter(({ isAlive }) => isAlive);
  const found = alive.findLast(
    ({ geometry }) => geometry.sizeBytes === sizeBytes && geometry.partSizeBytes === partSizeBytes,
  );
  for (const other of alive) {
    if (other !== found) await putMark(container, key, 'givenUp', other, signal);
  }
  const begun = found ?? {
    generation: (uploads.at(-1)?.generation ?? 0) + 1,
    geometry: { sizeBytes, partSizeBytes },
  };
  if (found === undefined) await putMark(container, key, 'begun', begun, signal);
  return { key, sizeBytes, partSizeBytes, uploadId: uploadIdOf(begun) };
}

/**
 * Marks an upload as given up: no worker counts its parts or goes on with it. The blocks themselves can be removed by nobody who
 * may not delete; the service does after a week, or with the next commit of their name.
 */
export async function giveUp(
  container: AzureContainer,
  { key, uploadId }: Pick<UploadSession, 'key' | 'uploadId'>,
  signal: AbortSignal,
): Promise<void> {
  const upload = await uploadOf(container, { key, uploadId }, signal);
  if (upload !== undefined) await putMark(container, key, 'givenUp', upload, signal);
}

/** An upload that was begun and not given up, with the parts that count; `undefined` where there is none. */
export async function uploadOf(
  container: AzureContainer,
  { key, uploadId }: Pick<UploadSession, 'key' | 'uploadId'>,
  signal: AbortSignal,
): Promise<AzureUpload | undefined> {
  const uploads = await uploadsOf(container, key, signal);
  return uploads.find((upload) => upload.uploadId === uploadId && upload.isAlive);
}

/** All uploads of a key, as {@link uploadsIn} tells of them. */
export async function uploadsOf(
  { blob }: AzureContainer,
  key: string,
  signal: AbortSignal,
): Promise<readonly AzureUpload[]> {
  try {
    const { uncommittedBlocks = [] } = await blob(key).getBlockList('uncommitted', {
      abortSignal: signal,
    });
    return uploadsIn(uncommittedBlocks);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function putMark(
  container: AzureContainer,
  key: string,
  kind: 'begun' | 'givenUp',
  upload: Pick<AzureUpload, 'generation' | 'geometry'>,
  signal: AbortSignal,
): Promise<void> {
  try {
    const blockId = blockIdOf(markName(kind, upload));
    await putBlock(container, key, { blockId, bytes: Buffer.alloc(0) }, signal);
  } catch (error) {
    // Committed meanwhile, and protected: there is nothing left to be given up.
    if (kind === 'givenUp' && isRefusal(error, 'BlobImmutableDueToPolicy')) return;
    throw error;
  }
}

function assertCut(
  { options }: AzureContainer,
  upload: PartGeometry & { readonly key: string },
): void {
  const { sizeBytes, partSizeBytes } = upload;
  const count = partCount(upload);
  if (count <= limits.mostParts && Math.min(partSizeBytes, sizeBytes) <= limits.mostBytes) return;
  throw failure('StoreRefused', {
    observed: `upload of ${sizeBytes} bytes: ${count} parts of ${partSizeBytes} bytes, expected parts of up to 4000 MiB and at most ${limits.mostParts}`,
    where: { store: options.name, key: upload.key },
    nextStep: 'Set partSize of the cluster to more for a larger database.',
  });
}
