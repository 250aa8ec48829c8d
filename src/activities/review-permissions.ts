import type { BackupPolicy, ClusterFacts, Permission } from '../contracts/index.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { isAtLeast } from '../openshift/is-at-least.ts';
import { missingPermissions } from '../openshift/missing-permissions.ts';
import { describePermission } from '../openshift/observe-cluster.ts';
import { requiredPermissions } from '../openshift/permissions.ts';
import type { RequiredPermission } from '../openshift/permissions.ts';

/** What the worker's credentials lack. */
export interface ReviewedPermissions {
  readonly missing: readonly Permission[];
  /** What an update of the cluster will ask for. */
  readonly warnings: readonly string[];
}

/**
 * Asks the cluster's authoriser for all that a backup with this policy needs, and adds what a read was denied just now. An API
 * that is known not to answer is not asked. Creates nothing.
 *
 * @throws what {@link ClusterApi} throws
 */
export async function reviewPermissions(
  api: ClusterApi,
  policy: Pick<BackupPolicy, 'access' | 'namespace' | 'mutex'>,
  { openshiftVersion }: Pick<ClusterFacts, 'openshiftVersion'>,
  denials: readonly Permission[],
  signal: AbortSignal,
): Promise<ReviewedPermissions> {
  if (policy.mutex === 'nodeLock') {
    const warnings = ["permissions are not known: the cluster's API did not answer"];
    return { missing: [], warnings };
  }
  const all = await missingPermissions(api, requiredPermissions(policy), signal);
  const isLater = ({ since }: RequiredPermission): boolean =>
    since !== undefined && openshiftVersion !== undefined && !isAtLeast(openshiftVersion, since);
  const missing = all.filter((permission) => !isLater(permission));
  return {
    missing: [...missing, ...denials.filter((denied) => !covers(missing, denied))],
    warnings: all
      .filter(isLater)
      .map(
        (later) =>
          `${describePermission(later)} is not granted: OpenShift ${later.since} will ask for it`,
      ),
  };
}

function covers(missing: readonly Permission[], denied: Permission): boolean {
  return missing.some(
    (one) =>
      one.verb === denied.verb &&
      one.group === denied.group &&
      one.resource === denied.resource &&
      scopeOf(one) === scopeOf(denied) &&
      (one.name === undefined || denied.name === undefined || one.name === denied.name),
  );
}

/** Of a namespace itself, RBAC takes its name for its namespace. */
function scopeOf({ resource, namespace, name }: Permission): string | undefined {
  return resource === 'namespaces' ? name : namespace;
}
