import { z } from 'zod';

import { failure } from '../contracts/failures.ts';
import type { HeldLease } from '../contracts/run.ts';
import type { ClusterApi, WriteResult } from './api.ts';
import { ownerLabels } from './labels.ts';
import { parseObject } from './parse-object.ts';
import { livePodOf } from './pod.ts';
import type { ObjectRef } from './resource.ts';

/** The Lease that keeps two runs of one cluster apart, in the policy's namespace. */
const leaseName = 'etcd-backup';

/** How long a lease lives without renewal, in seconds. */
const leaseDurationSeconds = 600;

/** Who asks for the lease. */
export interface LeaseClaim {
  readonly namespace: string;
  /** The run's name: the holder. */
  readonly run: string;
  /** The cluster's name in the worker's configuration. */
  readonly cluster: string;
}

/**
 * Takes the lease when it is free, or renews it when it is ours. One that expired is taken over only once no pod of its
 * holder lives. Times are the API server's, so that workers' clocks do not matter. Safe to repeat and to overlap itself.
 *
 * @throws `LeaseBusy`, retryable, naming the holder and when its lease ends, or the dead holder's pod; `ConfigInvalid`,
 * not retryable, when the namespace does not exist
 * @see https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/api/coordination/v1/types.go
 */
export async function acquireLease(
  api: ClusterApi,
  claim: LeaseClaim,
  signal: AbortSignal,
): Promise<HeldLease> {
  const ref = leaseRef(claim);
  await untilNoConflict(claim, async () => {
    const found = await readLease(api, ref, signal);
    if (found === undefined) return await createLease(api, claim, signal);
    if (!isFree(found, claim)) await refuseWhileAlive(api, claim, found, signal);
    return await api.replaceObject(ref, held(api, claim, found), signal);
  });
  return { where: `${claim.namespace}/${leaseName}`, holder: claim.run };
}

/**
 * Renews the lease for another {@link leaseDurationSeconds}; one that is gone is made again. Safe to repeat.
 *
 * @throws `LeaseLost`, not retryable, naming the holder, when another run has taken it
 */
export async function renewLease(
  api: ClusterApi,
  claim: LeaseClaim,
  signal: AbortSignal,
): Promise<void> {
  const ref = leaseRef(claim);
  await untilNoConflict(claim, async () => {
    const found = await readLease(api, ref, signal);
    if (found === undefined) return await createLease(api, claim, signal);
    if (!isFree(found, claim)) {
      throw failure('LeaseLost', {
        observed: `lease: held by ${found.spec.holderIdentity}, expected ${claim.run}`,
        where: { namespace: claim.namespace, name: leaseName },
      });
    }
    return await api.replaceObject(ref, held(api, claim, found), signal);
  });
}

/** Deletes the lease when it is ours, and otherwise leaves it alone. Safe to repeat. */
export async function releaseLease(
  api: ClusterApi,
  claim: LeaseClaim,
  signal: AbortSignal,
): Promise<void> {
  const ref = leaseRef(claim);
  await untilNoConflict(claim, async () => {
    const found = await readLease(api, ref, signal);
    if (found === undefined || found.spec.holderIdentity !== claim.run) return gone;
    const { uid, resourceVersion } = found.metadata;
    const deleted = await api.deleteObject(ref, { uid, resourceVersion }, signal);
    return deleted.outcome === 'absent' ? gone : deleted;
  });
}

const gone: WriteResult = { outcome: 'done', object: undefined };

const leases = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };

const leaseSchema = z.object({
  metadata: z.object({ uid: z.string(), resourceVersion: z.string() }),
  spec: z
    .object({
      holderIdentity: z.string().nullish(),
      leaseDurationSeconds: z.number().nullish(),
      acquireTime: z.string().nullish(),
      renewTime: z.string().nullish(),
      leaseTransitions: z.number().nullish(),
    })
    .default({}),
});

type Lease = z.infer<typeof leaseSchema>;

/** The Lease of a namespace. */
export function leaseRef({ namespace }: Pick<LeaseClaim, 'namespace'>): ObjectRef {
  return { ...leases, namespace, name: leaseName };
}

/** The Lease, or `undefined`. Reads only; fails as {@link ClusterApi} does. */
export async function readLease(
  api: ClusterApi,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<Lease | undefined> {
  const object = await api.readObject(ref, signal);
  return object === undefined ? undefined : parseObject(leaseSchema, object, 'lease');
}

async function createLease(
  api: ClusterApi,
  claim: LeaseClaim,
  signal: AbortSignal,
): Promise<WriteResult> {
  const created = await api.createObject(
    { ...leases, namespace: claim.namespace },
    held(api, claim),
    signal,
  );
  if (created.outcome !== 'absent') return created;
  throw failure('ConfigInvalid', {
    observed: `lease: namespace ${claim.namespace} is not there, expected it before the first backup`,
    nextStep: `Create namespace ${claim.namespace}, labelled privileged, in the target cluster.`,
  });
}

/** The lease as it is when ours; what `found` has and we do not change goes along. */
function held(api: ClusterApi, { run, namespace, cluster }: LeaseClaim, found?: Lease): object {
  const now = api.now().toISOString().replace('Z', '000Z');
  const ours = found?.spec.holderIdentity === run;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: leaseName,
      namespace,
      labels: ownerLabels({ run, cluster }),
      ...found?.metadata,
    },
    spec: {
      holderIdentity: run,
      leaseDurationSeconds,
      acquireTime: ours ? (found.spec.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (found?.spec.leaseTransitions ?? 0) + (found === undefined || ours ? 0 : 1),
    },
  };
}

function isFree({ spec }: Lease, { run }: LeaseClaim): boolean {
  return !spec.holderIdentity || spec.holderIdentity === run;
}

/** What the clocks of two API servers of one cluster may differ. */
const skewMs = 60_000;

/** When the lease ends unless it is renewed, by the API server's clock. */
export function leaseEnd(spec: Lease['spec']): Date {
  const lifetimeMs = (spec.leaseDurationSeconds ?? leaseDurationSeconds) * 1000 + skewMs;
  const renewed = Date.parse(spec.renewTime ?? '');
  // A lease without a time says nothing about its holder's death; the pod decides.
  return new Date(Number.isNaN(renewed) ? 0 : renewed + lifetimeMs);
}

async function refuseWhileAlive(
  api: ClusterApi,
  { namespace }: LeaseClaim,
  { spec }: Lease,
  signal: AbortSignal,
): Promise<void> {
  const holder = spec.holderIdentity ?? '';
  const where = { namespace, name: leaseName, holder };
  const ends = leaseEnd(spec);
  if (api.now() < ends) {
    throw failure('LeaseBusy', {
      observed: `lease: held by run ${holder} until ${ends.toISOString()} unless renewed, expected it free`,
      where,
    });
  }
  const pod = await livePodOf(api, { namespace, run: holder }, signal);
  if (pod !== undefined) {
    throw failure('LeaseBusy', {
      observed: `lease: run ${holder} let it expire, but its pod ${pod} is still there, expected it gone`,
      where,
      nextStep: `Look whether run ${holder} still works; else delete its pod, or wait for the pod's deadline.`,
    });
  }
}

async function untilNoConflict(
  { namespace }: LeaseClaim,
  write: () => Promise<WriteResult>,
): Promise<void> {
  for (let attempt = 1; attempt <= 5; attempt++) {
    const { outcome, ...rest } = await write();
    if (outcome === 'done') return;
    if ('reason' in rest) {
      throw failure('ClusterDenied', {
        observed: `lease: rejected, "${rest.reason}", expected it written`,
        where: { namespace, name: leaseName },
        nextStep: 'Mend what the admission of the cluster objects to.',
      });
    }
  }
  throw failure('LeaseBusy', {
    observed: 'lease: changed by others five times in a row, expected it to hold still',
    where: { namespace, name: leaseName },
  });
}
