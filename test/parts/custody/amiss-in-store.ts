import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { zstdDecompressSync } from 'node:zlib';

import type { StoredFile } from '../../../src/contracts/files.ts';
import { partsOf, sha256Of } from '../../store/content.ts';
import { openSealed } from '../../transfer/seal-bench.ts';
import { keyOf } from './inspect-and-upload.ts';
import type { Scene } from './scene.ts';

/**
 * What is amiss in the store, a line each. Nothing is when it has the one object and nothing else, the object opens to the
 * file's bytes, and all that the attempts said of it is true.
 */
export async function amissInStore(
  scene: Scene,
  saidOfIt: readonly StoredFile[],
): Promise<readonly string[]> {
  const { store, content, run } = scene;
  const key = keyOf(run);
  const names = await store.names();
  if (!names.includes(key)) return [`store: no object among ${names.join(', ')}`];
  const object = await store.read(key);
  const opened = await open(scene, object);
  return [
    ...names.filter((name) => name !== key).map((name) => `store: ${name}`),
    ...(opened.equals(content) ? [] : [`object: SHA-256 ${sha256Of(opened)} when opened`]),
    ...saidOfIt.filter((said) => !isTrue(said, scene, object)).map((said) => JSON.stringify(said)),
  ];
}

/** What is in the store, a line each, when the end of a run has given up what it can. */
export async function amissAfterGivingUp({ store }: Scene): Promise<readonly string[]> {
  const opened = store.open();
  const { signal } = new AbortController();
  for (const upload of await opened.listUploads('', signal)) await opened.abort(upload, signal);
  return (await store.names()).map((name) => `store: ${name}`);
}

/** The file's bytes, as its reader gets them. */
async function open({ run, reader }: Scene, object: Buffer): Promise<Buffer> {
  const unsealed = reader === undefined ? object : await openSealed(object, reader);
  return run.isCompressed ? zstdDecompressSync(unsealed) : unsealed;
}

function isTrue(said: StoredFile, { run, content, store }: Scene, object: Buffer): boolean {
  const key = keyOf(run);
  const { partSizeBytes = 0 } = said.partsChecksum ?? {};
  const parts = partsOf(object, { sizeBytes: object.length, partSizeBytes });
  const ofParts = createHash('sha256');
  for (const { part } of parts) ofParts.update(part.sha256, 'hex');
  const sha256OfParts = ofParts.digest();
  const ofServer = `${sha256OfParts.toString('base64')}-${parts.length}`;
  const isServersToo = (store.saidOfParts(key) ?? ofServer) === ofServer;
  const truth: StoredFile = {
    kind: 'staticKubeResources',
    name: 'snapshot_1.db',
    store: 'custody',
    key,
    sizeBytes: content.length,
    sha256: sha256Of(content),
    storedSizeBytes: object.length,
    storedSha256: sha256Of(object),
    partsChecksum: { sha256OfParts: sha256OfParts.toString('hex'), partSizeBytes },
    ...(run.isCompressed ? { compression: 'zstd' } : {}),
  };
  return isServersToo && isDeepStrictEqual(said, truth);
}
