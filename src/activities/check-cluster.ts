import type { BackupActivities, ClusterFacts } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { Config } from '../config/config.ts';
import { clusterConfig } from '../config/look-up.ts';
import { policyOf } from '../config/policy.ts';
import { chooseNode } from '../openshift/choose-node.ts';
import { evaluateGuards, requirePassed } from '../openshift/evaluate-guards.ts';
import { observeCluster } from '../openshift/observe-cluster.ts';
import type { StepContext } from './step.ts';

type CheckCluster = BackupActivities['checkCluster'];

/**
 * Looks at the cluster and at the stores, and decides: everything that the API can answer, before any privileged pod exists.
 * Creates nothing. Every guard that refuses is named in one failure.
 */
export function checkClusterStep(
  config: Config,
): (input: Parameters<CheckCluster>[0], context: StepContext) => ReturnType<CheckCluster> {
  return async ({ request }, { resolver, signal, report }) => {
    const policy = policyOf(config, request.cluster, request);
    const { api } = resolver.cluster(request.cluster);
    report('reading the cluster');
    const observed = await observeCluster(api, policy.namespace, signal);
    const node = request.node ?? clusterConfig(config, request.cluster).node;
    const choice = chooseNode(observed, node);
    const overrides = request.overrides ?? [];
    const guards = evaluateGuards({ observed, choice }, overrides);
    requirePassed(guards);
    if (choice.outcome === 'none') {
      throw failure('GuardRefused', { observed: `fitNode cannot be overridden: ${choice.reason}` });
    }

    report('looking at the stores');
    for (const store of new Set(Object.values(policy.stores))) {
      await resolver.store(store).capabilities(signal);
    }

    const { version, infrastructure, nodes, proxyEnabled, encryption, revisions } = observed;
    const facts: ClusterFacts = {
      cluster: {
        name: request.cluster,
        id: version.clusterId,
        ...infrastructure,
        architecture: choice.node.architecture,
      },
      openshiftVersion: version.openshiftVersion,
      ...(version.releaseImage === undefined ? {} : { releaseImage: version.releaseImage }),
      etcdImage: choice.etcdImage,
      nodes: nodes.map(({ name, uid, addresses, osImage }) => ({ name, uid, addresses, osImage })),
      node: { name: choice.node.name, reason: choice.reason },
      proxyEnabled,
      encryption,
      revisions,
      guards,
      overrides,
    };
    return { facts, policy };
  };
}
