import type { HeldLease, RunContext, TakeContext } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { Resolver } from '../config/resolve.ts';
import { acquireLease, releaseLease, renewLease } from '../kubernetes/lease.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { acquireNodeLock, releaseNodeLock, renewNodeLock } from '../script/node-lock.ts';

/** What keeps a second run of the cluster away: the Lease, or a lock on the node where the API does not answer. */
export interface Mutex {
  /** @throws `LeaseBusy`, retryable, naming the holder */
  acquire(signal: AbortSignal): Promise<HeldLease>;
  /** @throws `LeaseLost`, not retryable, when another run has taken it */
  renew(signal: AbortSignal): Promise<void>;
  /** Gives it back, when it is ours. */
  release(signal: AbortSignal): Promise<void>;
}

/** The mutex that the run's policy says. Opens no connection yet. */
export function mutexOf(context: RunContext, resolver: Resolver): Mutex {
  return context.policy.mutex === 'lease'
    ? lease(context, resolver)
    : nodeLock(context, resolver, context.policy.lockNode);
}

/**
 * The lock on a take's node, beside the Lease: without a debug pod nothing in the cluster shows that a run still works once its
 * Lease has expired, as it does while the API is away. Who finds it held, or the script of another run alive, waits; a sweep
 * leaves its holder's takes alone. `undefined` where a pod shows it, or where the lock is all there is. Opens no connection yet.
 */
export function takeLockOf(
  { run, policy, take }: Pick<TakeContext, 'run' | 'policy' | 'take'>,
  resolver: Resolver,
): Mutex | undefined {
  const needed = policy.mutex === 'lease' && policy.access !== 'debugPod';
  return needed ? nodeLock({ run, policy }, resolver, take.nodeName) : undefined;
}

function lease({ run, policy }: RunContext, resolver: Resolver): Mutex {
  const claim = { namespace: policy.namespace, run: run.name, cluster: run.cluster };
  const api = () => resolver.cluster(run.cluster).api;
  return {
    acquire: async (signal) => await acquireLease(api(), claim, signal),
    renew: async (signal) => await renewLease(api(), claim, signal),
    release: async (signal) => await releaseLease(api(), claim, signal),
  };
}

function nodeLock(
  { run, policy }: RunContext,
  resolver: Resolver,
  nodeName: string | undefined,
): Mutex {
  const claim = { run: run.name, backupDirectory: policy.backupDirectory };
  const open = async (signal: AbortSignal): Promise<NodeShell> => {
    if (nodeName === undefined) {
      const observed = 'lock on the node: no node is named, expected the one of the backup';
      const nextStep = 'Name the node in the request.';
      throw failure('ConfigInvalid', { observed, nextStep });
    }
    // The lock belongs to the run: to none of its takes.
    const visit = { run, policy, take: { number: 0, nodeName } };
    return await resolver.cluster(run.cluster).node.open(visit, signal);
  };
  return {
    acquire: async (signal) => await acquireNodeLock(await open(signal), claim, signal),
    renew: async (signal) => await renewNodeLock(await open(signal), claim, signal),
    release: async (signal) => await releaseNodeLock(await open(signal), claim, signal),
  };
}
