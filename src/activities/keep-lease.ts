import type { BackupPolicy, Run, Take } from '../contracts/index.ts';
import { failureType } from '../contracts/failures.ts';
import type { Resolver } from '../config/resolve.ts';
import { mutexOf, takeLockOf } from './mutex.ts';

/**
 * Whether a step holds the run's lease, and keeps it. `keptWithLock`: with the lock on the take's node, from the step after the one
 * that takes it to the last that works on the node.
 */
export type LeaseUse = 'none' | 'kept' | 'keptWithLock' | 'keptIfOurs';

const renewEveryMs = 60_000;

/**
 * Renews the lease now and every minute. Only its loss matters, and `lose` is told: while the API, or the node of the lock, is
 * away it cannot be taken over either. The returned function stops it and waits for a renewal that is under way: one that came
 * after the release would make the lease again.
 */
export function keepLease(
  resolver: Resolver,
  input: { readonly run: Run; readonly policy?: BackupPolicy; readonly take?: Take },
  lease: LeaseUse,
  lose: (error: unknown) => void,
): () => Promise<void> {
  const { run, policy, take } = input;
  if (lease === 'none' || policy === undefined) return async () => {};
  const locked = lease === 'keptWithLock' && take !== undefined;
  const lock = locked ? takeLockOf({ run, policy, take }, resolver) : undefined;
  const kept = [mutexOf({ run, policy }, resolver), ...(lock === undefined ? [] : [lock])];
  // Side by side: the lock is there for the time in which the API does not answer.
  const renew = async (): Promise<void> => {
    await Promise.all(
      kept.map(async (mutex) => {
        try {
          await mutex.renew(AbortSignal.timeout(renewEveryMs));
        } catch (error) {
          if (lease !== 'keptIfOurs' && failureType(error) === 'LeaseLost') lose(error);
        }
      }),
    );
  };
  let renewal = renew();
  const timer = setInterval(() => {
    renewal = renewal.then(renew);
  }, renewEveryMs);
  return async () => {
    clearInterval(timer);
    await renewal;
  };
}
