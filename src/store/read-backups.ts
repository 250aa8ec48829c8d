import { failureDetails } from '../contracts/failures.ts';
import type { Manifest } from '../contracts/manifest.ts';
import type { BackupStore, StoredObject } from './backup-store.ts';
import { backupPrefix, manifestKey } from './layout.ts';
import { readManifest, readWhole, wrongPlace } from './read-manifest.ts';
import type { Place, ReadManifest, TrustedKeys, UnusableManifest } from './read-manifest.ts';

/** The stores that a cluster's configuration names; they may be one. */
export interface BackupStores {
  readonly snapshot: BackupStore;
  readonly staticKubeResources: BackupStore;
  readonly trustedKeys?: TrustedKeys;
}

/** A folder of the stores that is named as a backup is. */
export type FoundBackup = BackupFolder & (ReadManifest | UnusableManifest | NoBackup);

interface BackupFolder {
  readonly cluster: string;
  readonly id: string;
  /** One line for each thing in which the stores are not as the manifest says, or not alike. */
  readonly disagreements: readonly string[];
  /** Why the store of the static kube resources was not compared, where it did not answer. */
  readonly unanswered?: string;
}

/**
 * - `failed`: a required proof failed, `failed.json` says which
 * - `unfinished`: no manifest; its run works on it, or died
 */
interface NoBackup {
  readonly state: 'failed' | 'unfinished';
  readonly observed: string;
}

/**
 * Reads the backups of a cluster, newest first, one after the other as they are asked for. Needs the stores alone, and changes
 * nothing. A folder without a manifest in the snapshot store is no backup; it is among them as what it is. A manifest that
 * cannot be read or is not trusted does not end the reading.
 *
 * A store of the static kube resources that does not answer is said of each.
 *
 * @throws `StoreUnavailable`, retryable, `StoreDenied`, not retryable: of the snapshot store
 */
export async function* readBackups(
  stores: BackupStores,
  cluster: string,
  signal: AbortSignal,
): AsyncGenerator<FoundBackup, void, void> {
  const listed = await listFolders(stores, cluster, signal);
  const ids = new Set([...listed.snapshot.keys(), ...(listed.staticKubeResources?.keys() ?? [])]);
  for (const id of [...ids].sort().toReversed()) {
    yield await readFolder(stores, listed, { cluster, id }, signal);
  }
}

/** The newest thing that counts as what was captured: everything acknowledged before is in the snapshot. */
export function capturedAt({ script, createdAt }: Manifest): Date {
  // The one is the node's clock, the other the workers': the earlier cannot make a backup look younger than it is.
  return new Date(Math.min(Date.parse(script.startedAt), Date.parse(createdAt)));
}

/** The sizes of a folder's objects, by name. */
type Folder = ReadonlyMap<string, number>;

interface Listed {
  readonly snapshot: ReadonlyMap<string, Folder>;
  /** Absent where its store did not answer. */
  readonly staticKubeResources?: ReadonlyMap<string, Folder>;
  readonly unanswered?: string;
}

/** `<UTC time>-<run name>`; what is not named so is none of ours. */
const idPattern = /^\d{8}T\d{6}Z-[a-z0-9]{12}$/;

async function listFolders(
  { snapshot, staticKubeResources }: BackupStores,
  cluster: string,
  signal: AbortSignal,
): Promise<Listed> {
  const prefix = `${cluster}/`;
  const first = folders(prefix, await snapshot.list(prefix, signal));
  if (staticKubeResources.name === snapshot.name) {
    return { snapshot: first, staticKubeResources: first };
  }
  try {
    const second = folders(prefix, await staticKubeResources.list(prefix, signal));
    return { snapshot: first, staticKubeResources: second };
  } catch (error) {
    signal.throwIfAborted();
    return { snapshot: first, unanswered: failureDetails(error).observed };
  }
}

function folders(prefix: string, objects: readonly StoredObject[]): Map<string, Folder> {
  const found = new Map<string, Map<string, number>>();
  for (const { key, sizeBytes } of objects) {
    const [id = '', name, ...deeper] = key.slice(prefix.length).split('/');
    if (!idPattern.test(id) || name === undefined || deeper.length > 0) continue;
    const folder = found.get(id) ?? new Map<string, number>();
    found.set(id, folder.set(name, sizeBytes));
  }
  return found;
}

async function readFolder(
  stores: BackupStores,
  listed: Listed,
  place: Place,
  signal: AbortSignal,
): Promise<FoundBackup> {
  const here = listed.snapshot.get(place.id) ?? new Map<string, number>();
  const there = listed.staticKubeResources?.get(place.id) ?? new Map<string, number>();
  const second = stores.staticKubeResources.name;
  if (!here.has('manifest.json')) {
    const disagreements = there.has('manifest.json')
      ? [`${second} has a manifest, ${stores.snapshot.name} has none: it is no backup there`]
      : [];
    return { ...place, ...noBackup(stores, here), disagreements };
  }
  const { trustedKeys = [] } = stores;
  const sizeBytes = here.get('manifest.json') ?? 0;
  const read = await readManifest(stores.snapshot, place, { sizeBytes, trustedKeys }, signal);
  if (read.state !== 'backup') {
    return { ...place, ...read, disagreements: await trustedCopy(stores, place, there, signal) };
  }
  const { unanswered } = listed;
  const compared =
    second === stores.snapshot.name || unanswered !== undefined
      ? []
      : await compareCopy(stores.staticKubeResources, place, there, read.bytes, signal);
  return {
    ...place,
    ...read,
    ...(unanswered === undefined ? {} : { unanswered: `${second}: ${unanswered}` }),
    disagreements: [
      ...wrongPlace(place, read.manifest),
      ...compared,
      ...missingFiles(stores, listed, place, read.manifest),
    ],
  };
}

function noBackup({ snapshot }: BackupStores, here: Folder): NoBackup {
  if (here.has('failed.json')) {
    const observed = `a required proof failed, see failed.json in ${snapshot.name}`;
    return { state: 'failed', observed };
  }
  return { state: 'unfinished', observed: `no manifest in ${snapshot.name}` };
}

/** Where to look instead of a manifest that cannot be used. */
async function trustedCopy(
  { snapshot, staticKubeResources: second, trustedKeys = [] }: BackupStores,
  place: Place,
  folder: Folder,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const sizeBytes = folder.get('manifest.json');
  if (second.name === snapshot.name || sizeBytes === undefined || trustedKeys.length === 0) {
    return [];
  }
  const { state } = await readManifest(second, place, { sizeBytes, trustedKeys }, signal);
  return state === 'backup' ? [`the manifest in ${second.name} is another one, and trusted`] : [];
}

async function compareCopy(
  store: BackupStore,
  { cluster, id }: Place,
  folder: Folder,
  bytes: Buffer,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const sizeBytes = folder.get('manifest.json');
  if (sizeBytes === undefined) return [`${store.name} has no copy of the manifest`];
  const differs = [`the manifest in ${store.name} is another one`];
  if (sizeBytes !== bytes.length) return differs;
  try {
    const copy = await readWhole(store, manifestKey(cluster, id), sizeBytes, signal);
    return copy.equals(bytes) ? [] : differs;
  } catch (error) {
    signal.throwIfAborted();
    return [`the manifest in ${store.name} cannot be read: ${failureDetails(error).observed}`];
  }
}

/** The manifest's files, as far as they are in stores that were asked. */
function missingFiles(
  { snapshot, staticKubeResources }: BackupStores,
  listed: Listed,
  { cluster, id }: Place,
  { files }: Manifest,
): readonly string[] {
  const asked = new Map([
    [staticKubeResources.name, listed.staticKubeResources],
    [snapshot.name, listed.snapshot],
  ]);
  const prefix = `${backupPrefix(cluster, id)}/`;
  return files.flatMap(({ store, key, storedSizeBytes }) => {
    const folders = asked.get(store);
    if (folders === undefined || !key.startsWith(prefix)) return [];
    const sizeBytes = folders.get(id)?.get(key.slice(prefix.length));
    if (sizeBytes === storedSizeBytes) return [];
    const got = sizeBytes === undefined ? 'not there' : `${sizeBytes} bytes`;
    return [`${store}: ${key} is ${got}, expected ${storedSizeBytes} bytes`];
  });
}
