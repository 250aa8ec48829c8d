import { formatBytes, placesOf, sendsDirectly } from '../contracts/index.ts';
import type {
  BackupFile,
  BackupPolicy,
  Manifest,
  ManifestReference,
  RunContext,
  StoredFile,
  StoredLock,
  Verification,
} from '../contracts/index.ts';
import type { RunStep, StepLabel } from './step-runner.ts';
import type { TakenSnapshot } from './take-snapshot.ts';

/** Files in their stores, and what was found when they were read back. */
export interface StoredFiles {
  readonly files: readonly StoredFile[];
  readonly verification: readonly Verification[];
}

/**
 * Brings every file of the take to its store in each place, one after the other, and reads all of them back. Each store is worked
 * with on its own task queue where it has one, so that no process needs the credentials of two.
 */
export async function storeFiles(
  runStep: RunStep,
  { context, verified, node }: Pick<TakenSnapshot, 'context' | 'verified' | 'node'>,
): Promise<StoredFiles> {
  const { policy } = context;
  const files: StoredFile[] = [];
  for (const { file, store } of destinations(policy, verified.files)) {
    const step =
      file.kind === 'staticKubeResources' ? 'uploadStaticKubeResources' : 'uploadSnapshot';
    const { sizeBytes } = file;
    const summary = `${store} · ${formatBytes(sizeBytes)}`;
    const label = { summary, sizeBytes, ...queueOf(policy, store) };
    const direct = sendsDirectly(policy, node, store) ? { direct: true as const } : {};
    files.push(await runStep(step, { ...context, file, store, ...direct }, label));
  }

  const verification: Verification[] = [];
  const locks: StoredLock[] = [];
  for (const { stores, queue } of byQueue(policy, storesIn(files))) {
    const own = files.filter(({ store }) => stores.includes(store));
    const label = { summary: stores.join(', '), sizeBytes: node.databaseBytes, ...queue };
    const { run } = context;
    const read = await runStep('verifyStored', { run, policy, files: own }, label);
    verification.push(...read.verification);
    locks.push(...(read.locks ?? []));
  }
  return { files: files.map((file) => withLock(file, locks)), verification };
}

function withLock(file: StoredFile, locks: readonly StoredLock[]): StoredFile {
  const found = locks.find(({ store, key }) => store === file.store && key === file.key);
  return found === undefined ? file : { ...file, lock: { mode: found.mode, until: found.until } };
}

/**
 * Writes the manifest into every store of the policy, last into the one that readers look in: once it is there, it is everywhere.
 */
export async function commitManifest(
  runStep: RunStep,
  context: RunContext,
  manifest: Manifest,
): Promise<ManifestReference> {
  const { policy, run } = context;
  const first = policy.stores.snapshot;
  const others = storesIn(manifest.files).filter((store) => store !== first);
  const isFailed = manifest.verification.some(({ outcome }) => outcome === 'failed');
  // What failed is recorded where readers look, and nowhere else.
  const groups = byQueue(policy, isFailed ? [first] : [...others, first]);
  let signed = manifest;
  const commit = async (
    stores: readonly string[],
    label: StepLabel,
  ): Promise<ManifestReference> => {
    const committed = await runStep(
      'commitBackup',
      { ...context, manifest: signed, stores },
      label,
    );
    const { signature, ...reference } = committed;
    if (signature !== undefined) signed = { ...manifest, signature };
    return reference;
  };
  if (groups.length > 1 && !isFailed && policy.signManifest === true) {
    // Only the run's own workers need the key.
    await commit([], { summary: `${run.id} · signature` });
  }
  for (const { stores, queue } of groups.slice(0, -1)) {
    await commit(stores, { summary: `${run.id} · ${stores.join(', ')}`, ...queue });
  }
  const last = groups.at(-1);
  return await commit(last?.stores ?? [first], { summary: run.id, ...last?.queue });
}

interface Destination {
  readonly file: BackupFile;
  readonly store: string;
}

/** Every file with each of its stores, once where two places share one. */
function destinations(policy: BackupPolicy, files: readonly BackupFile[]): readonly Destination[] {
  return files.flatMap((file) => {
    const kind = file.kind === 'staticKubeResources' ? 'staticKubeResources' : 'snapshot';
    const stores = new Set(placesOf(policy).map((place) => place[kind]));
    return [...stores].map((store) => ({ file, store }));
  });
}

function storesIn(files: readonly StoredFile[]): readonly string[] {
  return [...new Set(files.map(({ store }) => store))];
}

type Queue = { readonly taskQueue?: string };

/** The stores by the queue that works with them; the queue of the last store comes last. */
export function byQueue(
  policy: BackupPolicy,
  stores: readonly string[],
): readonly { readonly stores: readonly string[]; readonly queue: Queue }[] {
  const groups = new Map<string | undefined, string[]>();
  for (const store of stores.toReversed()) {
    const { taskQueue } = queueOf(policy, store);
    groups.set(taskQueue, [store, ...(groups.get(taskQueue) ?? [])]);
  }
  return [...groups]
    .map(([taskQueue, own]) => ({
      stores: own,
      queue: taskQueue === undefined ? {} : { taskQueue },
    }))
    .toReversed();
}

function queueOf(policy: BackupPolicy, store: string): Queue {
  const taskQueue = policy.storePolicies?.[store]?.taskQueue;
  return taskQueue === undefined ? {} : { taskQueue };
}
