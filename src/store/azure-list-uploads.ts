import type { AzureContainer } from './azure-container.ts';
import { headBlob } from './azure-objects.ts';
import { uploadsOf } from './azure-uploads.ts';
import type { UnfinishedUpload } from './backup-store.ts';

/** The unfinished uploads whose key begins with `prefix`, in order of key. */
export async function listUploads(
  container: AzureContainer,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly UnfinishedUpload[]> {
  const found: UnfinishedUpload[] = [];
  for (const key of await emptyBlobs(container, prefix, signal)) {
    signal.throwIfAborted();
    const uploads = (await uploadsOf(container, key, signal)).filter(({ isAlive }) => isAlive);
    // A committed blob of no byte looks the same in a listing.
    if (uploads.length === 0 || (await headBlob(container, key, signal)) !== undefined) continue;
    for (const { uploadId, geometry } of uploads) {
      found.push({ key, uploadId, sizeBytes: geometry.sizeBytes });
    }
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Names that blocks were stored for and that were never committed are listed as blobs without a byte. */
async function emptyBlobs(
  { client, nameOf, keyOf }: AzureContainer,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const keys: string[] = [];
  const listing = client.listBlobsFlat({
    prefix: nameOf(prefix),
    includeUncommitedBlobs: true,
    abortSignal: signal,
  });
  for await (const { name, properties } of listing) {
    const key = keyOf(name);
    if (key !== undefined && (properties.contentLength ?? 0) === 0) keys.push(key);
  }
  return keys;
}
