import type { ClusterApi } from './api.ts';
import { leaseEnd, leaseRef, readLease } from './lease.ts';
import { livePodOf } from './pod.ts';

/** The lease of a cluster, as it was found. */
export interface LeaseState {
  /** The run's name; empty where nobody holds it. */
  readonly holder: string;
  /** When it ends unless it is renewed, by the API server's clock. */
  readonly endsAt: Date;
  readonly isExpired: boolean;
}

/** Who holds the lease; `undefined` where there is none. Reads only; fails as {@link ClusterApi} does. */
export async function leaseState(
  api: ClusterApi,
  namespace: string,
  signal: AbortSignal,
): Promise<LeaseState | undefined> {
  const lease = await readLease(api, leaseRef({ namespace }), signal);
  if (lease === undefined) return undefined;
  const endsAt = leaseEnd(lease.spec);
  return { holder: lease.spec.holderIdentity ?? '', endsAt, isExpired: api.now() >= endsAt };
}

/** How removing a lease ended: `taken`: somebody else holds it now. `held`: it did not expire, or a pod of its holder lives. */
export type LeaseRemoval = 'removed' | 'taken' | 'held';

/**
 * Deletes the lease of a dead holder: one that expired, and of which no pod lives. Leaves any other alone, also one that is
 * renewed in the same moment. Safe to repeat; fails as {@link ClusterApi} does.
 */
export async function removeExpiredLease(
  api: ClusterApi,
  { namespace, holder }: { readonly namespace: string; readonly holder: string },
  signal: AbortSignal,
): Promise<LeaseRemoval> {
  const ref = leaseRef({ namespace });
  const found = await readLease(api, ref, signal);
  if (found === undefined) return 'removed';
  if ((found.spec.holderIdentity ?? '') !== holder) return 'taken';
  if (api.now() < leaseEnd(found.spec)) return 'held';
  if ((await livePodOf(api, { namespace, run: holder }, signal)) !== undefined) return 'held';
  const { uid, resourceVersion } = found.metadata;
  const { outcome } = await api.deleteObject(ref, { uid, resourceVersion }, signal);
  return outcome === 'done' || outcome === 'absent' ? 'removed' : 'taken';
}
