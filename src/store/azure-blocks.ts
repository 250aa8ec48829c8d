import { createHash } from 'node:crypto';

import type { AzureContainer } from './azure-container.ts';
import { askingForImmutability, azureProtection } from './azure-protection.ts';

/**
 * Stores one block; the service refuses other bytes than those of the MD5. Azure knows no empty block: in its place is one of a byte,
 * which is never to be committed.
 *
 * @see https://learn.microsoft.com/en-us/rest/api/storageservices/put-block
 */
export async function putBlock(
  { blob }: AzureContainer,
  key: string,
  { blockId, bytes }: { readonly blockId: string; readonly bytes: Uint8Array },
  signal: AbortSignal,
): Promise<void> {
  const body = bytes.length === 0 ? Buffer.from('.') : bytes;
  await blob(key).stageBlock(blockId, body, body.length, {
    transactionalContentMD5: md5Of(body),
    abortSignal: signal,
  });
}

/**
 * Makes a blob of these blocks, create-only, as protected as the store's objects are to be. All other blocks of its name are gone
 * then.
 *
 * @see https://learn.microsoft.com/en-us/rest/api/storageservices/put-block-list
 */
export async function putBlockList(
  { blob, options }: AzureContainer,
  key: string,
  blockIds: readonly string[],
  { tier, signal }: { readonly tier?: string | undefined; readonly signal: AbortSignal },
): Promise<void> {
  await askingForImmutability(options, async () => {
    await blob(key).commitBlockList([...blockIds], {
      conditions: { ifNoneMatch: '*' },
      abortSignal: signal,
      ...(tier === undefined ? {} : { tier }),
      ...azureProtection(options),
    });
  });
}

/** What Azure compares bytes with when they arrive: against damage on the way, not against anybody. */
export function md5Of(bytes: Uint8Array): Uint8Array {
  return createHash('md5').update(bytes).digest();
}
