import { failure } from '../contracts/failures.ts';
import { durationMs, storesOf } from '../contracts/index.ts';
import type { BackupPolicy, BackupRequest, StorePolicy } from '../contracts/index.ts';
import type { Config } from './config.ts';
import { nodeDirectory } from './fields.ts';
import { clusterConfig, storeConfig } from './look-up.ts';

/**
 * What the configuration and the request decide about a run, once and for all of its steps, as it is where the cluster's API
 * answers and no guard is overridden.
 *
 * @throws `ClusterNotConfigured`, retryable
 * @throws `ConfigInvalid`, not retryable: the request's deadline is no duration, or the backup directory, in a configuration
 * that nothing checked, is not one whose name is safe in a command
 */
export function policyOf(
  config: Config,
  clusterName: string,
  request: Pick<BackupRequest, 'deadline'>,
): BackupPolicy {
  const cluster = clusterConfig(config, clusterName);
  return {
    access: cluster.access,
    mutex: 'lease',
    namespace: cluster.namespace,
    ...(cluster.image === undefined ? {} : { image: cluster.image }),
    backupDirectory: safe(cluster.backupDirectory),
    stores: cluster.stores,
    ...(cluster.copies.length === 0 ? {} : { copies: cluster.copies }),
    ...storePolicies(config, storesOf(cluster)),
    separateStores: cluster.separateStores,
    forceScript: false,
    keepOnNode: cluster.keepOnNode,
    ...(config.signing === undefined ? {} : { signManifest: true }),
    partSizeBytes: cluster.partSizeBytes,
    deadlineMs: request.deadline === undefined ? cluster.deadlineMs : asked(request.deadline),
    heartbeatTimeoutMs: cluster.heartbeatTimeoutMs,
    noProgressMs: cluster.noProgressMs,
    transfer: cluster.transfer,
  };
}

function storePolicies(
  config: Config,
  names: readonly string[],
): Pick<BackupPolicy, 'storePolicies'> {
  const policies = names.flatMap((name): (readonly [string, StorePolicy])[] => {
    const { compression, recipients, taskQueue } = storeConfig(config, name);
    const policy = {
      ...(compression === undefined ? {} : { compression }),
      ...(recipients === undefined ? {} : { recipients }),
      ...(taskQueue === undefined ? {} : { taskQueue }),
    };
    return Object.keys(policy).length === 0 ? [] : [[name, policy]];
  });
  return policies.length === 0 ? {} : { storePolicies: Object.fromEntries(policies) };
}

function asked(deadline: string): number {
  const ms = durationMs(deadline);
  if (ms !== undefined && ms > 0) return ms;
  throw failure('ConfigInvalid', {
    observed: `the request's deadline is "${deadline}", expected a duration such as 90m or 24h`,
  });
}

// A plain object can be a configuration too; later the directory is part of commands that remove files.
function safe(backupDirectory: string): string {
  const { success, error } = nodeDirectory.safeParse(backupDirectory);
  if (success) return backupDirectory;
  throw failure('ConfigInvalid', {
    observed: `backupDirectory: expected ${error.issues[0]?.message}, got "${backupDirectory}"`,
  });
}
