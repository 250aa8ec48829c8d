import { storesOf } from '../contracts/index.ts';
import type {
  BackupPlan,
  BackupPolicy,
  CheckActivities,
  CheckRequest,
  ClusterFacts,
  GuardFinding,
  Inspection,
  NodeCandidate,
  PlannedBackup,
  Run,
} from '../contracts/index.ts';
import { debugSession, podDeadlineSeconds } from '../contracts/debug-session.ts';
import { failureDetails, failureType } from '../contracts/failures.ts';
import type { Config } from '../config/config.ts';
import type { Resolver } from '../config/resolve.ts';
import { debugPod } from '../node/debug-pod.ts';
import { nodeVisit } from '../node/node-visit.ts';
import { nodeGuardNames } from '../openshift/node-guards/names.ts';
import { scriptRelease } from '../script/releases.ts';
import type { ScriptRelease } from '../script/releases.ts';
import { takeDirectory } from '../script/take-directory.ts';
import { examineCluster } from './examine-cluster.ts';
import { placeholder, plannedObjects } from './planned-objects.ts';
import { relayWarnings, relayedStores } from './reach-stores.ts';
import { reviewPermissions } from './review-permissions.ts';
import { usableSigningKey } from './signed-manifest.ts';
import type { StepContext } from './step.ts';

type PlanBackup = CheckActivities['planBackup'];

/** Makes the activity that {@link planBackup} is. */
export function planBackupStep(
  config: Config,
): (
  input: Parameters<PlanBackup>[0],
  context: Pick<StepContext, 'resolver' | 'signal' | 'report'>,
) => ReturnType<PlanBackup> {
  return async (input, { resolver, signal, report }) => {
    report('reading the cluster');
    return await planBackup(config, resolver, input, signal);
  };
}

/**
 * Says what a backup would do, and whether it may: every guard with its evidence, every missing permission, every store that
 * cannot be used, none hidden by another. Reads the cluster and asks its authoriser, and creates nothing there; a store is
 * proven writable by a file that is removed again. Safe to repeat.
 *
 * @throws what {@link examineCluster} throws: a cluster that does not answer has no plan
 */
export async function planBackup(
  config: Config,
  resolver: Resolver,
  { run, request }: { readonly run: Run; readonly request: CheckRequest },
  signal: AbortSignal,
): Promise<PlannedBackup> {
  const { guards, facts, policy, denials } = await examineCluster(
    config,
    resolver,
    request,
    signal,
  );
  const { api } = resolver.cluster(request.cluster);
  const [rights, storeFailures, unsigned] = await Promise.all([
    reviewPermissions(api, policy, facts, denials, signal),
    failingStores(resolver, policy, signal),
    signingProblems(resolver),
  ]);
  const [candidate] = facts.candidates;
  const { openshiftVersion, proxyEnabled, encryption } = facts;
  const script = plannedScript(openshiftVersion);
  const isRefused =
    candidate === undefined ||
    rights.missing.length > 0 ||
    storeFailures.length > 0 ||
    has(guards, 'refused');
  const plan: BackupPlan = {
    cluster: request.cluster,
    outcome: isRefused ? 'refused' : has(guards, 'waiting') ? 'waiting' : 'ready',
    ...(openshiftVersion === undefined ? {} : { openshiftVersion }),
    guards,
    missingPermissions: rights.missing,
    access: policy.access,
    ...(candidate === undefined ? {} : planOnNode(run, policy, candidate)),
    ...(script === undefined
      ? {}
      : { script: { release: script.since, argv: argvOf(script, policy) } }),
    objects: script === undefined ? [] : plannedObjects(request.cluster, policy, script),
    nodeGuards: nodeGuardNames,
    ...(storeFailures.length === 0 ? {} : { storeFailures }),
    ...(proxyEnabled === undefined ? {} : { proxyEnabled }),
    ...(encryption === undefined ? {} : { encryption }),
    warnings: [
      ...facts.warnings,
      ...rights.warnings,
      ...unproven(policy),
      ...relayWarnings(relayedStores(resolver, policy)),
      ...unsigned,
    ],
  };
  return candidate === undefined
    ? { plan }
    : { plan, inspection: inspectionOf(run, policy, facts, candidate) };
}

function has(guards: readonly GuardFinding[], outcome: GuardFinding['outcome']): boolean {
  return guards.some((each) => each.outcome === outcome);
}

/** Its credentials are not to be expected here. */
function hasOwnQueue({ storePolicies }: BackupPolicy, store: string): boolean {
  return storePolicies?.[store]?.taskQueue !== undefined;
}

function unproven(policy: BackupPolicy): readonly string[] {
  return storesOf(policy)
    .filter((name) => hasOwnQueue(policy, name))
    .map(
      (name) =>
        `store ${name} was not looked at: its workers poll ${policy.storePolicies?.[name]?.taskQueue}`,
    );
}

async function failingStores(
  resolver: Resolver,
  policy: BackupPolicy,
  signal: AbortSignal,
): Promise<NonNullable<BackupPlan['storeFailures']>> {
  const names = storesOf(policy).filter((name) => !hasOwnQueue(policy, name));
  const proven = await Promise.all(
    names.map(async (store) => {
      try {
        await resolver.store(store).capabilities(signal);
        return [];
      } catch (error) {
        signal.throwIfAborted();
        const { observed, nextStep } = failureDetails(error);
        return [
          { store, type: failureType(error) ?? 'UnexpectedError', observed, nextStep } as const,
        ];
      }
    }),
  );
  return proven.flat();
}

/** The private key may be on the workers alone, so that its absence refuses nothing here. */
async function signingProblems(resolver: Resolver): Promise<readonly string[]> {
  try {
    await usableSigningKey(resolver);
    return [];
  } catch (error) {
    return [`the manifest cannot be signed from here: ${failureDetails(error).observed}`];
  }
}

function plannedScript(openshiftVersion: string | undefined): ScriptRelease | undefined {
  const proposed = openshiftVersion === undefined ? undefined : scriptRelease(openshiftVersion);
  return proposed === undefined || 'refused' in proposed ? undefined : proposed.release;
}

function argvOf(script: ScriptRelease, policy: BackupPolicy): readonly string[] {
  const directory = `${policy.backupDirectory}/${placeholder.run}-1`;
  const { backup } = takeDirectory({ number: 1, nodeName: '', directory });
  return script.argv(backup, { force: policy.forceScript });
}

function planOnNode(
  { cluster }: Run,
  policy: BackupPolicy,
  { name, reason, etcdImage }: NodeCandidate,
): Pick<BackupPlan, 'node' | 'pod'> {
  const node = { name, reason };
  const image = policy.image ?? etcdImage;
  if (policy.access !== 'debugPod' || image === undefined) return { node };
  const session = debugSession(
    { run: placeholder.run, take: 1 },
    {
      namespace: policy.namespace,
      nodeName: name,
      image,
      activeDeadlineSeconds: podDeadlineSeconds,
    },
  );
  return { node, pod: debugPod(session, { run: placeholder.run, cluster, take: 1 }) };
}

function inspectionOf(
  run: Run,
  policy: BackupPolicy,
  { openshiftVersion, encryption, overrides }: ClusterFacts,
  { name: nodeName, etcdImage }: NodeCandidate,
): Inspection {
  const visit = nodeVisit({
    run,
    nodeName,
    policy,
    ...(etcdImage === undefined ? {} : { etcdImage }),
  });
  const directory = `${policy.backupDirectory}/${run.name}-1`;
  return {
    run,
    policy,
    take: { number: 1, nodeName, directory },
    ...(visit.session === undefined ? {} : { session: visit.session }),
    facts: {
      overrides,
      ...(openshiftVersion === undefined ? {} : { openshiftVersion }),
      ...(encryption === undefined ? {} : { encryption }),
    },
  };
}
