import { createHash } from 'node:crypto';

import { md5Of, putBlock, putBlockList } from './azure-blocks.ts';
import type { AzureContainer } from './azure-container.ts';
import { azureRefusal, isTaken } from './azure-failures.ts';
import { headBlob, readObject } from './azure-objects.ts';
import { partBlockId } from './azure-parts.ts';
import {
  askingForImmutability,
  assertImmutable,
  azureProtection,
  isOurs,
} from './azure-protection.ts';
import { nameTaken, objectGone } from './object-failures.ts';

/** Writes a small object unless its name is taken by other bytes, and looks at what is there then. */
export async function createObject(
  container: AzureContainer,
  key: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  try {
    await putBlob(container, key, bytes, signal);
  } catch (error) {
    if (signal.aborted || azureRefusal(error) === undefined) throw error;
    // Taken; or an answer that got lost, after which the object may be there all the same.
    if ((await headBlob(container, key, signal)) === undefined) {
      if (!isTaken(error)) throw error;
      await putAsBlock(container, key, bytes, signal);
    }
  }
  await assertHolds(container, key, bytes, signal);
}

/** One create-only `Put Blob`, as protected as the store's objects are to be. */
export async function putBlob(
  { blob, options }: AzureContainer,
  key: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  await askingForImmutability(options, async () => {
    await blob(key).upload(bytes, bytes.length, {
      conditions: { ifNoneMatch: '*' },
      transactionalContentMD5: md5Of(bytes),
      abortSignal: signal,
      ...azureProtection(options),
    });
  });
}

/** The same in two requests, for services to which blocks that nobody committed are a blob already. */
async function putAsBlock(
  container: AzureContainer,
  key: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const sizeBytes = bytes.length;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const upload = { generation: 0, geometry: { sizeBytes, partSizeBytes: Math.max(1, sizeBytes) } };
  const blockId = partBlockId(upload, { number: 1, sizeBytes, sha256, revision: 1 });
  try {
    await putBlock(container, key, { blockId, bytes }, signal);
    await putBlockList(container, key, sizeBytes === 0 ? [] : [blockId], { signal });
  } catch (error) {
    if (signal.aborted || azureRefusal(error) === undefined) throw error;
    if ((await headBlob(container, key, signal)) === undefined) throw error;
  }
}

/** Fails where the object is not there with these bytes, made by us, and protected as promised. */
async function assertHolds(
  container: AzureContainer,
  key: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const { options } = container;
  const head = await headBlob(container, key, signal);
  if (head === undefined) throw objectGone(options, key);
  if (head.contentLength !== bytes.length || !isOurs(head)) throw nameTaken(options, key);
  const stored = Buffer.alloc(bytes.length);
  await readObject(container, key, { offset: 0, buffer: stored }, signal);
  if (!stored.equals(bytes)) throw nameTaken(options, key);
  assertImmutable(options, key, head);
}
