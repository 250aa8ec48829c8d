import { blockIdOf } from './azure-block-id.ts';
import { putBlock } from './azure-blocks.ts';
import type { AzureContainer } from './azure-container.ts';
import type { AzureUpload } from './azure-upload-state.ts';
import { uploadOf } from './azure-uploads.ts';
import type { UploadPart, UploadSession } from './backup-store.ts';
import { uploadGone } from './object-failures.ts';

/**
 * Stores one part as a block whose id says what it is; One look at the
 * blocks comes before it: to see that the upload is still there, and what was stored under that number.
 */
export async function putPart(
  container: AzureContainer,
  session: UploadSession,
  part: UploadPart,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const upload = await uploadOf(container, session, signal);
  if (upload === undefined) throw uploadGone(container.options, session.key);
  const last = upload.parts.find(({ number }) => number === part.number);
  const isSame = last?.sha256 === part.sha256;
  const revision = (last?.revision ?? 0) + (isSame ? 0 : 1);
  const blockId = partBlockId(upload, { ...part, revision });
  await putBlock(container, session.key, { blockId, bytes }, signal);
}

/** The id of the block that holds a part. Pure. */
export function partBlockId(
  { generation, geometry }: Pick<AzureUpload, 'generation' | 'geometry'>,
  { number, revision, sha256 }: UploadPart & { readonly revision: number },
): string {
  return blockIdOf({ kind: 'part', generation, geometry, number, revision, sha256 });
}
