import { storesOf } from '../contracts/index.ts';
import type { BackupActivities, GuardFinding, Permission } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { Config } from '../config/config.ts';
import { requirePassed } from '../openshift/evaluate-guards.ts';
import { describePermission } from '../openshift/observe-cluster.ts';
import { examineCluster } from './examine-cluster.ts';
import { usableSigningKey } from './signed-manifest.ts';
import type { StepContext } from './step.ts';

type CheckCluster = BackupActivities['checkCluster'];

/**
 * Looks at the cluster and at the stores, and decides: everything that the API can answer, before any privileged pod exists.
 * Creates nothing. Every guard that refuses, and every right that is missing, is named in one failure. With `stores` it looks at
 * those alone: for who works with them on a queue of its own. `askAgainMs` is how long an API that seems away is left alone before
 * each time it is asked again.
 *
 * @throws `GuardRefused`, `ClusterDenied`, `ConfigInvalid`, not retryable; `SigningKeyUnavailable`, retryable; what the stores
 * and the API throw
 */
export function checkClusterStep(
  config: Config,
  askAgainMs?: number,
): (input: Parameters<CheckCluster>[0], context: StepContext) => ReturnType<CheckCluster> {
  return async ({ request, stores }, { resolver, signal, report }) => {
    const lookAt = async (names: readonly string[]): Promise<void> => {
      report('looking at the stores');
      for (const name of names) await resolver.store(name).capabilities(signal);
    };
    if (stores !== undefined) {
      await lookAt(stores);
      return { outcome: 'storesReady' };
    }

    report('reading the cluster');
    const { guards, facts, policy, denials } = await examineCluster(
      config,
      resolver,
      request,
      signal,
      askAgainMs,
    );
    requireRights(denials, request.cluster);
    requirePassed(guards);
    const until = lastOf(guards);
    if (until !== undefined) return { outcome: 'waiting', until, guards };
    if (facts.candidates.length === 0) {
      const fitNode = guards.find(({ guard }) => guard === 'fitNode');
      throw failure('GuardRefused', {
        observed: `fitNode cannot be overridden without a node: ${fitNode?.evidence}`,
      });
    }

    // Who works with the others has a queue, and credentials, of its own.
    const isOwn = (store: string): boolean =>
      policy.storePolicies?.[store]?.taskQueue === undefined;
    await lookAt(storesOf(policy).filter(isOwn));
    // A snapshot that nobody can sign for in the end would be taken in vain.
    await usableSigningKey(resolver);
    return { outcome: 'ready', facts, policy };
  };
}

/** A guard that was not evaluated for want of a right would be no guard. */
function requireRights(denials: readonly Permission[], cluster: string): void {
  if (denials.length === 0) return;
  throw failure('ClusterDenied', {
    observed: denials.map((denied) => `${describePermission(denied)}: 403, expected it allowed`),
    nextStep: `Grant these to the worker's user; etcd-backup rbac ${cluster} prints all that it needs.`,
  });
}

/** When the last of those that wait will pass; `undefined` where none waits. */
function lastOf(guards: readonly GuardFinding[]): string | undefined {
  return guards
    .flatMap(({ outcome, until }) => (outcome === 'waiting' && until !== undefined ? [until] : []))
    .sort()
    .at(-1);
}
