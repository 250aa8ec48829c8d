import { setTimeout as sleep } from 'node:timers/promises';

import { failure } from '../contracts/failures.ts';
import { blockNameOf } from './azure-block-id.ts';
import { putBlockList } from './azure-blocks.ts';
import type { AzureContainer } from './azure-container.ts';
import { azureRefusal, isRefusal } from './azure-failures.ts';
import { headBlob } from './azure-objects.ts';
import { partBlockId } from './azure-parts.ts';
import { assertImmutable, isOurs } from './azure-protection.ts';
import type { AzureUpload } from './azure-upload-state.ts';
import { uploadOf } from './azure-uploads.ts';
import type { UploadPart, UploadSession } from './backup-store.ts';
import { nameTaken, objectGone, uploadGone } from './object-failures.ts';

/** What a commit knows. */
export interface AzureCommit {
  readonly container: AzureContainer;
  readonly session: UploadSession;
  readonly parts: readonly UploadPart[];
  readonly signal: AbortSignal;
}

/**
 * Makes the object of exactly these parts. What the account answers is never believed by itself: the object counts when it is
 * seen under its name with the blocks of these parts, and only then does an answer that got lost count as success.
 */
export async function commitUpload(commit: AzureCommit): Promise<void> {
  const { container, session, signal } = commit;
  const upload = await uploadOf(container, session, signal);
  if (upload === undefined) {
    if (await isCommitted(commit)) return;
    throw uploadGone(container.options, session.key);
  }
  const blockIds = blockIdsOf(commit, upload);
  let lost: unknown;
  try {
    const tier = container.options.accessTier;
    await putBlockList(container, session.key, blockIds, { tier, signal });
  } catch (error) {
    if (signal.aborted || azureRefusal(error) === undefined) throw error;
    lost = error;
  }
  await settle(commit, lost);
}

/** The blocks of the listed parts, in their order; fails when one of them is not stored as listed. */
function blockIdsOf(
  { container, session, parts }: AzureCommit,
  upload: AzureUpload,
): readonly string[] {
  const found = new Map(upload.parts.map((part) => [part.number, part]));
  const ids = parts.map(({ number, sizeBytes, sha256 }) => {
    const part = found.get(number);
    if (part?.sha256 === sha256) return partBlockId(upload, part);
    const got = part === undefined ? 'not stored' : `stored with SHA-256 ${part.sha256}`;
    throw failure('ChecksumMismatch', {
      observed: `part ${number}: ${got}, expected ${sizeBytes} bytes and ${sha256}`,
      where: { store: container.options.name, key: session.key },
    });
  });
  return session.sizeBytes === 0 ? [] : ids;
}

/** How often an object is looked for that another worker's commit may be making right now; the wait doubles. */
const looks = 5;
const firstWaitMs = 200;

/** Decides by what is under the name, whatever was answered. */
async function settle(commit: AzureCommit, lost: unknown): Promise<void> {
  const { container, session, signal } = commit;
  // Its blocks are gone when another commit, or the week, took them.
  const mayAppear = lost === undefined || isRefusal(lost, 'InvalidBlockList');
  for (let look = 1; ; look += 1) {
    if (await isCommitted(commit)) return;
    if (!mayAppear || look === looks) break;
    await sleep(firstWaitMs * 2 ** (look - 1), undefined, { signal });
  }
  throw lost ?? objectGone(container.options, session.key);
}

/** Whether the object of these parts is there, as protected as promised; fails when the name is taken by another. */
async function isCommitted(commit: AzureCommit): Promise<boolean> {
  const { container, session, signal } = commit;
  const head = await headBlob(container, session.key, signal);
  if (head === undefined) return false;
  const isSame = isOurs(head) && head.contentLength === session.sizeBytes;
  if (!isSame || !(await consistsOfParts(commit))) {
    throw nameTaken(container.options, session.key);
  }
  assertImmutable(container.options, session.key, head);
  return true;
}

/** Whether the blocks that were committed are those of these parts, of whichever upload. */
async function consistsOfParts({
  container,
  session,
  parts,
  signal,
}: AzureCommit): Promise<boolean> {
  const { committedBlocks = [] } = await container
    .blob(session.key)
    .getBlockList('committed', { abortSignal: signal });
  const expected = session.sizeBytes === 0 ? [] : parts;
  return (
    committedBlocks.length === expected.length &&
    expected.every(({ number, sizeBytes, sha256 }, index) => {
      const { name, size } = committedBlocks[index]!;
      const block = blockNameOf(name);
      const isPart = block?.kind === 'part' && block.number === number;
      return isPart && block.sha256 === sha256 && size === sizeBytes;
    })
  );
}
