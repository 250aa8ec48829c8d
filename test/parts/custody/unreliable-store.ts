import { failure } from '../../../src/contracts/failures.ts';
import type { BackupStore } from '../../../src/store/backup-store.ts';
import type { FallibleCall, StoreFault } from './draw-store-faults.ts';

/** Stores whose calls fail as a mount does that comes and goes: each fault once, whoever calls. */
export interface Unreliability {
  /** The same store, unreliable. */
  of(store: BackupStore): BackupStore;
  /** The calls that failed. */
  struck(): readonly string[];
}

export function unreliability(faults: readonly StoreFault[]): Unreliability {
  const counts = new Map<FallibleCall, number>();
  const failed: string[] = [];
  const suffer = async <T>(call: FallibleCall, work: () => Promise<T>): Promise<T> => {
    const count = (counts.get(call) ?? 0) + 1;
    counts.set(call, count);
    const fault = faults.find((each) => 'call' in each && each.call === call && each.nth === count);
    if (fault === undefined || !('call' in fault)) return await work();
    failed.push(`store: ${call} ${fault.isDone ? 'done, and failed' : 'failed'}`);
    if (fault.isDone) await work();
    throw failure('StoreUnavailable', { observed: `${call}: the mount went away` });
  };
  return {
    of: (store) => ({
      ...store,
      begin: async (...asked) => await suffer('begin', async () => await store.begin(...asked)),
      putPart: async (...asked) =>
        await suffer('putPart', async () => await store.putPart(...asked)),
      listParts: async (...asked) =>
        await suffer('listParts', async () => await store.listParts(...asked)),
      commit: async (...asked) => await suffer('commit', async () => await store.commit(...asked)),
    }),
    struck: () => failed,
  };
}
