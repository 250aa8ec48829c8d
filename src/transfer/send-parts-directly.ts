import { failure, failureDetails, failureType } from '../contracts/failures.ts';
import type { FailureType } from '../contracts/failures.ts';
import type { NodeFile } from '../contracts/files.ts';
import type {
  BackupStore,
  PresignedPart,
  UploadPart,
  UploadSession,
} from '../store/backup-store.ts';
import { partRange } from '../store/layout.ts';
import type { DirectLaneOptions } from './direct-lane.ts';
import { readPartList } from './part-list.ts';
import { createPartSender } from './part-sender.ts';
import type { ProgressLimit } from './progress-limit.ts';

/** Options of {@link sendPartsDirectly}. */
export interface DirectPartsOptions extends Omit<DirectLaneOptions, 'file' | 'authorities'> {
  /** One with `presignPart`. */
  readonly store: BackupStore;
  /** What is sent; its part size is the upload's. */
  readonly file: NodeFile;
  readonly key: string;
  /** Called at the start and after each part with the bytes of the object that the store has, and all of them. */
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void;
  /** The first wait before a part is sent again; it doubles each time. @default 1000 */
  readonly retryDelayMs?: number;
}

/** How many parts are on their way at once. */
const lanes = 2;

/** A request must have begun so soon after it was signed; it is signed right before it is sent. */
const expiresInSeconds = 300;

/**
 * Has the node itself send the parts that the store does not have yet, two at a time. Makes no object of them. Bytes never pass
 * the worker: the store refuses all but those of the digest that the node computed. Safe to repeat and to overlap itself
 * from any worker.
 *
 * Returns why some are left to the worker; `undefined` where none is.
 *
 * @throws `FileChanged` (not retryable); `NodeUnreachable`, `ChecksumMismatch` (retryable), after five and one
 *   more tries of a part
 */
export async function sendPartsDirectly(
  options: DirectPartsOptions,
  limit: ProgressLimit,
): Promise<string | undefined> {
  try {
    return await send(options, limit);
  } catch (error) {
    limit.signal.throwIfAborted();
    const type = failureType(error);
    if (type === undefined || !leftToWorker.has(type)) throw error;
    return failureDetails(error).observed;
  }
}

// Another attempt may have committed, or the store be away: whoever commits finds out. And only this way writes on the node.
const leftToWorker: ReadonlySet<FailureType> = new Set([
  'StoreRefused',
  'StoreUnavailable',
  'StoreDenied',
  'NodeDiskFull',
]);

async function send(
  options: DirectPartsOptions,
  limit: ProgressLimit,
): Promise<string | undefined> {
  const { shell, store, file, key, onProgress, maxBytesPerSecond } = options;
  const { sizeBytes, partSizeBytes } = file;
  const { signal } = limit;
  if ((await limit.race(store.stat(key, signal))) !== undefined) return undefined;

  const digests = await limit.race(readPartList(shell, file, signal));
  const session = await limit.race(store.begin({ key, sizeBytes, partSizeBytes }, signal));
  const stored = await limit.race(store.listParts(session, signal));
  const found = new Map(stored.map((part) => [part.number, part.sha256]));
  const missing = digests
    .map((sha256, index) => ({ number: index + 1, sha256, ...partRange(file, index + 1) }))
    .filter(({ number, sha256 }) => found.get(number) !== sha256);
  let bytesDone = sizeBytes - missing.reduce((sum, part) => sum + part.sizeBytes, 0);
  onProgress?.(bytesDone, sizeBytes);

  const endpoint = await limit.race(Promise.resolve(store.directEndpoint?.(signal)));
  const sender = {
    ...options,
    ...(endpoint?.authorities === undefined ? {} : { authorities: endpoint.authorities }),
    ...(maxBytesPerSecond === undefined
      ? {}
      : { maxBytesPerSecond: Math.ceil(maxBytesPerSecond / lanes) }),
    sign: async (part: UploadPart) => await sign(store, session, part, signal),
  };
  let left: string | undefined;
  const runLane = async (): Promise<void> => {
    await using lane = createPartSender(sender, limit);
    while (left === undefined) {
      const part = missing.shift();
      if (part === undefined) return;
      const observed = await lane.send(part);
      if (observed !== undefined) {
        left ??= observed;
        return;
      }
      bytesDone += part.sizeBytes;
      limit.progressed();
      onProgress?.(bytesDone, sizeBytes);
    }
  };
  const stopping = async (): Promise<void> => {
    try {
      await runLane();
    } catch (error) {
      left ??= 'the other lane failed';
      throw error;
    }
  };
  // All of them end before this does.
  const ends = await Promise.allSettled(
    Array.from({ length: Math.min(lanes, missing.length) }, stopping),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return left;
}

async function sign(
  store: BackupStore,
  session: UploadSession,
  part: UploadPart,
  signal: AbortSignal,
): Promise<PresignedPart> {
  const request = await store.presignPart?.(session, part, { expiresInSeconds, signal });
  if (request !== undefined) return request;
  throw failure('StoreRefused', {
    observed: 'store: takes parts from its own worker only',
    where: { store: store.name },
  });
}
