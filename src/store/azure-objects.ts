import type { BlobDownloadResponseParsed, BlobGetPropertiesResponse } from '@azure/storage-blob';

import type { AzureContainer } from './azure-container.ts';
import { azureRefusal, isAbsent } from './azure-failures.ts';
import type { StoredObject } from './backup-store.ts';
import { endsEarly, unreadable } from './object-failures.ts';

/** What the container says of a blob that was committed; `undefined` where there is none. */
export async function headBlob(
  { blob }: AzureContainer,
  key: string,
  signal: AbortSignal,
): Promise<BlobGetPropertiesResponse | undefined> {
  try {
    return await blob(key).getProperties({ abortSignal: signal });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** The objects whose key begins with `prefix`, in order of key. */
export async function listObjects(
  { client, nameOf, keyOf }: AzureContainer,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly StoredObject[]> {
  const found: StoredObject[] = [];
  const listing = client.listBlobsFlat({ prefix: nameOf(prefix), abortSignal: signal });
  for await (const { name, properties } of listing) {
    const key = keyOf(name);
    if (key !== undefined) found.push({ key, sizeBytes: properties.contentLength ?? 0 });
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** How often a body that breaks off is asked for again, from where it broke off. */
const readAttempts = 4;

/** Fills `buffer` from the object at a key, or fails. */
export async function readObject(
  container: AzureContainer,
  key: string,
  { offset, buffer }: { readonly offset: number; readonly buffer: Uint8Array },
  signal: AbortSignal,
): Promise<void> {
  if (buffer.length === 0) {
    if ((await headBlob(container, key, signal)) === undefined)
      throw unreadable(container.options, key, 'not there');
    return;
  }
  let done = 0;
  for (let attempt = 1; done < buffer.length; attempt += 1) {
    const answer = await getRange(container, key, offset + done, buffer.length - done, signal);
    try {
      for await (const chunk of answer.readableStreamBody ?? []) {
        const bytes = Buffer.from(chunk);
        if (done + bytes.length > buffer.length)
          throw unreadable(container.options, key, 'more bytes came than were asked for');
        buffer.set(bytes, done);
        done += bytes.length;
      }
      if (done < buffer.length)
        throw endsEarly(container.options, key, offset + done, offset + buffer.length);
    } catch (error) {
      if (azureRefusal(error) === undefined || attempt === readAttempts) throw error;
    }
  }
}

async function getRange(
  container: AzureContainer,
  key: string,
  offset: number,
  length: number,
  signal: AbortSignal,
): Promise<BlobDownloadResponseParsed> {
  const last = offset + length - 1;
  try {
    // The loop above goes on with what breaks off.
    const answer = await container
      .blob(key)
      .download(offset, length, { maxRetryRequests: 0, abortSignal: signal });
    // Without a range of its own the answer is the whole object, from its beginning.
    if (answer.contentRange?.startsWith(`bytes ${offset}-`) === true) return answer;
    if (answer.contentRange === undefined && offset === 0) return answer;
  } catch (error) {
    if (isAbsent(error)) throw unreadable(container.options, key, 'not there');
    if (azureRefusal(error)?.status === 416)
      throw endsEarly(container.options, key, offset, last + 1);
    throw error;
  }
  const range = `bytes ${offset} to ${last}`;
  throw unreadable(container.options, key, `another range of it came, expected ${range}`);
}
