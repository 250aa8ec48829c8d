import type { FileKind } from './files.ts';

/** The way to a node: a privileged pod, the system's `ssh`, or the worker's own machine. */
export type Access = 'debugPod' | 'ssh' | 'local';

/** The window in which backups may begin, every day, in the wall clock of `timeZone`. One that ends before it begins spans midnight. */
export interface QuietHours {
  /** `hh:mm`, included. */
  readonly from: string;
  /** `hh:mm`, excluded. */
  readonly to: string;
  /** An IANA name such as `Europe/Berlin`. */
  readonly timeZone: string;
  readonly outside: 'refuse' | 'wait' | 'ignore';
}

/** How the files of a run travel. */
export interface TransferPolicy {
  /** Connections to the node that read one part together, 1 to 4. */
  readonly lanes: number;
  /** `auto`: ranges are compressed on their way where the node can; what is stored is not changed by it. */
  readonly compression: 'auto' | 'off';
  /** Bytes of the file per second, at most. */
  readonly maxBytesPerSecond?: number;
  /** The node itself sends its files to the stores that allow it, part by part. */
  readonly direct: boolean;
}

/** What one store asks of a run, besides its bytes. */
export interface StorePolicy {
  /** Files are compressed on the node, and stored so. */
  readonly compression?: 'zstd';
  /** Those for whom files are sealed, as age writes them: `age1…`. */
  readonly recipients?: readonly string[];
  /** The task queue of the workers that have this store's credentials; the run's own otherwise. */
  readonly taskQueue?: string;
}

/** The store of each kind of file, by name; a combined file goes where the snapshot would. */
export type StoreNames = Readonly<Record<Exclude<FileKind, 'combined'>, string>>;

/**
 * The configuration of one cluster, resolved once by `checkCluster` and used by every later step, so that workers with
 * different files cannot disagree in the middle of a run. Names only, never a secret.
 */
export interface BackupPolicy {
  readonly access: Access;
  /**
   * What keeps a second run away: a Lease of the cluster, or, where its API does not answer and `apiUnavailable` is
   * overridden, a lock on the node.
   */
  readonly mutex: 'lease' | 'nodeLock';
  /** The node that holds the lock, where `mutex` is `nodeLock`: the only candidate. */
  readonly lockNode?: string;
  /** The namespace of the debug pod and of the Lease. */
  readonly namespace: string;
  /** The debug pod's image, by digest. @default the etcd image of the chosen node */
  readonly image?: string;
  /** Absolute, on the node; each take gets a directory of its own below it. */
  readonly backupDirectory: string;
  readonly stores: StoreNames;
  /** Second places, each of which gets the whole backup too. */
  readonly copies?: readonly StoreNames[];
  /** By the store's name; absent for a store that asks for nothing. */
  readonly storePolicies?: Readonly<Record<string, StorePolicy>>;
  /** @default one lane, compression where the node can, through the worker */
  readonly transfer?: TransferPolicy;
  /**
   * Whether they must be two places: `auto` where etcd is encrypted, which only the node can say while the API is away.
   * @default auto
   */
  readonly separateStores?: 'auto' | 'always' | 'never';
  /** The script is told to go on while operators are progressing, where its release can: `operatorsSettled` was overridden. */
  readonly forceScript: boolean;
  readonly keepOnNode: 'never' | 'onUploadFailure';
  /** The manifest is to be signed: a worker without the key leaves that to another, and writes no unsigned one. */
  readonly signManifest?: true;
  readonly partSizeBytes: number;
  readonly deadlineMs: number;
  readonly heartbeatTimeoutMs: number;
  /** Running without progress for this long fails a step. */
  readonly noProgressMs: number;
}

/** Where a backup goes, place by place: first the one that readers look in, then the copies. */
export function placesOf({
  stores,
  copies = [],
}: Pick<BackupPolicy, 'stores' | 'copies'>): readonly StoreNames[] {
  return [stores, ...copies];
}

/** The names of all stores that a backup goes to, each once. */
export function storesOf(policy: Pick<BackupPolicy, 'stores' | 'copies'>): readonly string[] {
  return [...new Set(placesOf(policy).flatMap((place) => Object.values(place)))];
}

/** The stores of a combined file, where each of them seals it for recipients; `undefined` where one of them does not. */
export function sealedCombinedStores(
  policy: Pick<BackupPolicy, 'stores' | 'copies' | 'storePolicies'>,
): readonly string[] | undefined {
  const stores = [...new Set(placesOf(policy).map(({ snapshot }) => snapshot))];
  const areSealed = stores.every(
    (store) => policy.storePolicies?.[store]?.recipients !== undefined,
  );
  return areSealed ? stores : undefined;
}
