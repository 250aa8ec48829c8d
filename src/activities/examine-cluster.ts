import { storesOf } from '../contracts/index.ts';
import type {
  BackupPolicy,
  BackupRequest,
  ClusterFacts,
  GuardFinding,
  Override,
  Permission,
} from '../contracts/index.ts';
import { failure, failureDetails, failureType } from '../contracts/failures.ts';
import type { ClusterConfig, Config } from '../config/config.ts';
import { clusterConfig } from '../config/look-up.ts';
import { policyOf } from '../config/policy.ts';
import type { Resolver } from '../config/resolve.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { chooseNodes } from '../openshift/choose-node.ts';
import type { NodeChoice } from '../openshift/choose-node.ts';
import { evaluateGuards, finding } from '../openshift/evaluate-guards.ts';
import { notEvaluated } from '../openshift/guards/guard.ts';
import type { ProposedScript } from '../openshift/guards/guard.ts';
import { apiUnavailable } from '../openshift/guards/index.ts';
import { observeCluster } from '../openshift/observe-cluster.ts';
import type { Observation } from '../openshift/observe-cluster.ts';
import { unobservedCluster } from '../openshift/observed-cluster.ts';
import { scriptRelease } from '../script/releases.ts';
import { apiAnswers } from './api-answers.ts';
import { clusterFacts } from './cluster-facts.ts';
import { requireKnownOverrides } from './known-overrides.ts';
import { nodeWithoutApi } from './node-without-api.ts';
import { storePlaces } from './store-places.ts';

/** A cluster before a backup: what was read of it, and what the guards and the configuration make of that. */
export interface Examination extends Observation {
  /** Evaluated all, whatever they found; nothing has been refused yet. */
  readonly guards: readonly GuardFinding[];
  /** What each step would use. */
  readonly policy: BackupPolicy;
  /** What the run would record. Its candidates are empty where no node may be taken. */
  readonly facts: ClusterFacts;
  readonly choice: NodeChoice;
}

/**
 * Reads the cluster and evaluates every guard that its API can answer, for a run and for a check of one. Reads only.
 *
 * Rights that are missing leave their guards not evaluated, and are listed. An API that does not answer at all does so to every
 * guard that needs it, where the way to the node does without and `apiUnavailable` is overridden; it is asked again for about
 * half a minute before, every `askAgainMs` milliseconds, and one that then answers is unreachable for this time only.
 *
 * @throws `ConfigInvalid`, not retryable, for an override of no known guard; `ClusterUnreachable`, retryable;
 * `ClusterNotConfigured`, retryable; `ClusterDenied`, not retryable, for credentials that the cluster does not know
 */
export async function examineCluster(
  config: Config,
  resolver: Pick<Resolver, 'cluster' | 'storeEndpoint' | 'storePlace'>,
  request: BackupRequest,
  signal: AbortSignal,
  askAgainMs?: number,
): Promise<Examination> {
  const cluster = clusterConfig(config, request.cluster);
  const configured = policyOf(config, request.cluster, request);
  const overrides = request.overrides ?? [];
  requireKnownOverrides(overrides);
  const { api } = resolver.cluster(request.cluster);
  const isAway = async (): Promise<boolean> => !(await apiAnswers(api, signal, askAgainMs));
  const { observed, denials, unavailable } = await observe(api, cluster, overrides, isAway, signal);
  const isOverridden = new Set(overrides.map(({ guard }) => guard));
  const named = request.node ?? cluster.node;
  const choice = chooseNodes(observed, {
    needsImage: cluster.access === 'debugPod' && cluster.image === undefined,
    overridden: isOverridden,
    ...(named === undefined ? {} : { named }),
  });
  const storePolicies =
    configured.storePolicies === undefined ? {} : { storePolicies: configured.storePolicies };
  const context = {
    observed,
    choice,
    settings: { ...cluster, ...storePolicies },
    stores: await storePlaces(resolver, storesOf(cluster)),
    proposeScript,
    now: api.now(),
  };
  const evaluated = evaluateGuards(context, overrides);
  const guards = unavailable === undefined ? evaluated : [...evaluated, unavailable];
  const isApiAway = unavailable !== undefined;
  const chosen = choice.outcome === 'observed' ? choice.candidates : [];
  const only = isApiAway ? nodeWithoutApi(cluster, request) : undefined;
  const candidates = only === undefined ? chosen : [only];
  const policy: BackupPolicy = {
    ...configured,
    ...(only === undefined ? { mutex: 'lease' } : { mutex: 'nodeLock', lockNode: only.name }),
    // The script asks the same API server, and gives up where it does not answer.
    forceScript:
      isApiAway ||
      guards.some(({ guard, outcome }) => guard === 'operatorsSettled' && outcome === 'overridden'),
  };
  const facts = clusterFacts({
    request,
    observed,
    candidates,
    guards,
    overrides,
    proposeScript,
    isApiAway,
  });
  return { observed, denials, guards, policy, facts, choice };
}

/** What the vendor's script of a version is expected to do, as far as guards ask. */
function proposeScript(openshiftVersion: string): ProposedScript {
  const proposed = scriptRelease(openshiftVersion);
  if ('refused' in proposed) return proposed;
  const { release, warnings } = proposed;
  return {
    release: release.since,
    writesCombinedFile: release.artefacts.combined !== undefined,
    isUnproven: warnings.length > release.warnings.length,
    warnings,
  };
}

/** The observation, or, where the API is away and that is overridden, one of nothing and the finding that says so. */
async function observe(
  api: ClusterApi,
  { access, namespace }: ClusterConfig,
  overrides: readonly Override[],
  isAway: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<Observation & { readonly unavailable?: GuardFinding }> {
  try {
    return await observeCluster(api, access === 'debugPod' ? namespace : undefined, signal);
  } catch (error) {
    if (failureType(error) !== 'ClusterUnreachable' || access === 'debugPod') throw error;
    const { observed } = failureDetails(error);
    const override = overrides.find(({ guard }) => guard === apiUnavailable);
    if (override === undefined) {
      throw failure('ClusterUnreachable', {
        observed,
        nextStep: `Check the API server and the network to it; if it is to stay away, override ${apiUnavailable} with a reason: access ${access} does without it.`,
      });
    }
    // A throttled or lost read among many leaves the API as it was, with its guards and its Lease.
    if (!(await isAway())) throw error;
    const denials: readonly Permission[] = [];
    return {
      observed: unobservedCluster("the cluster's API did not answer"),
      denials,
      unavailable: finding(apiUnavailable, notEvaluated(observed), override),
    };
  }
}
