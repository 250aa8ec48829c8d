import { failure } from '../contracts/failures.ts';
import { blockIdOf } from './azure-block-id.ts';
import { md5Of } from './azure-blocks.ts';
import type { AzureContainer } from './azure-container.ts';
import { putBlob } from './azure-create.ts';
import { azureRefusal, isTaken } from './azure-failures.ts';
import { headBlob, readObject } from './azure-objects.ts';
import { assertImmutable } from './azure-protection.ts';
import { abandonedBlocksStayMs } from './azure-uploads.ts';
import type { StoreCapabilities } from './backup-store.ts';

// No key begins with a dot, so that these are never taken for anything of a backup.
const name = '.probe';
const blockName = '.probe-block';
const content = Buffer.from('etcd-backup\n');

/**
 * Tries on one small object, `.probe` below the prefix, what every backup will need, and what the account really enforces: it is
 * written once and stays. Uses every right that the store's credentials are to have.
 *
 * @throws `StoreRefused`, not retryable, when the account does not give what it must
 */
export async function probeContainer(
  container: AzureContainer,
  signal: AbortSignal,
): Promise<StoreCapabilities> {
  const { options } = container;
  // First, because its answer to a wrong container says so.
  await listOnce(container, signal);
  if ((await headBlob(container, name, signal)) === undefined) await makeProbe(container, signal);
  await readObject(container, name, { offset: 0, buffer: Buffer.alloc(1) }, signal);
  const isPutOnce = await isRefused(() => putBlob(container, name, content, signal));
  const isCommittedOnce = await isRefused(() => commitNothing(container, signal));
  if (!isPutOnce || !isCommittedOnce) {
    throw failure('StoreRefused', {
      observed: `endpoint: ${isPutOnce ? 'a block list' : 'a blob'} took a name that was taken, expected If-None-Match to be heeded`,
      where: { store: options.name },
      nextStep: 'Use an account that heeds If-None-Match.',
    });
  }
  if (await isTakenWrong(container, signal)) {
    throw failure('StoreRefused', {
      observed: 'endpoint: bytes were taken under a wrong MD5, expected them refused',
      where: { store: options.name },
      nextStep: 'Use an account that compares Content-MD5.',
    });
  }
  return {
    createOnly: true,
    checksumsEnforced: true,
    presignPart: false,
    listUploads: true,
    objectLock: options.immutability !== undefined,
    givenUpPartsStayMs: abandonedBlocksStayMs,
  };
}

/** A page of one, unfinished uploads included. */
async function listOnce({ client, nameOf }: AzureContainer, signal: AbortSignal): Promise<void> {
  const listing = client.listBlobsFlat({
    prefix: nameOf(''),
    includeUncommitedBlobs: true,
    abortSignal: signal,
  });
  await listing.byPage({ maxPageSize: 1 }).next();
}

/** Makes the object, immutable as promised; another worker may be faster. */
async function makeProbe(container: AzureContainer, signal: AbortSignal): Promise<void> {
  try {
    await putBlob(container, name, content, signal);
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
  const head = await headBlob(container, name, signal);
  if (head !== undefined) assertImmutable(container.options, name, head);
}

async function isRefused(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (isTaken(error)) return true;
    throw error;
  }
}

/** A commit of no block under the name that is taken. */
async function commitNothing({ blob }: AzureContainer, signal: AbortSignal): Promise<void> {
  await blob(name).commitBlockList([], { conditions: { ifNoneMatch: '*' }, abortSignal: signal });
}

/** Under a name of its own: an account that takes it keeps a block for a week. */
async function isTakenWrong({ blob }: AzureContainer, signal: AbortSignal): Promise<boolean> {
  const geometry = { sizeBytes: content.length, partSizeBytes: content.length };
  const mark = { kind: 'part', generation: 1, geometry, number: 1, revision: 1 } as const;
  try {
    await blob(blockName).stageBlock(
      blockIdOf({ ...mark, sha256: '0'.repeat(64) }),
      content,
      content.length,
      { transactionalContentMD5: md5Of(Buffer.from('something else')), abortSignal: signal },
    );
    return true;
  } catch (error) {
    if (azureRefusal(error)?.status === 400) return false;
    throw error;
  }
}
