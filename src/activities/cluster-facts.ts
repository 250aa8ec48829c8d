import type {
  BackupRequest,
  ClusterFacts,
  GuardFinding,
  NodeCandidate,
  Override,
} from '../contracts/index.ts';
import { conditionStatus, findCondition } from '../openshift/conditions.ts';
import { encryptionFacts } from '../openshift/encryption.ts';
import type { ProposedScript } from '../openshift/guards/guard.ts';
import { ifObserved } from '../openshift/observed-cluster.ts';
import type { ObservedCluster } from '../openshift/observed-cluster.ts';

/** Brings what was observed into the form that every later step and the manifest use. What was not read is absent. */
export function clusterFacts({
  request,
  observed,
  candidates,
  guards,
  overrides,
  proposeScript,
  isApiAway,
}: {
  readonly request: BackupRequest;
  readonly observed: ObservedCluster;
  readonly candidates: readonly NodeCandidate[];
  readonly guards: readonly GuardFinding[];
  readonly overrides: readonly Override[];
  readonly proposeScript: (openshiftVersion: string) => ProposedScript;
  readonly isApiAway: boolean;
}): ClusterFacts {
  const version = ifObserved(() => observed.version);
  const { infrastructureName, topology } = ifObserved(() => observed.infrastructure) ?? {};
  const proxy = ifObserved(() => observed.proxy);
  const encryption = ifObserved(() =>
    encryptionFacts(observed.encryptionType, observed.kubeApiServer),
  );
  const proposed = version === undefined ? undefined : proposeScript(version.openshiftVersion);
  return {
    cluster: {
      name: request.cluster,
      ...(version === undefined ? {} : { id: version.clusterId }),
      ...(infrastructureName === undefined ? {} : { infrastructureName }),
      ...(topology === undefined ? {} : { topology }),
    },
    ...(version === undefined ? {} : { openshiftVersion: version.openshiftVersion }),
    ...(version?.releaseImage === undefined ? {} : { releaseImage: version.releaseImage }),
    nodes: (ifObserved(() => observed.nodes) ?? []).map(({ name, uid, addresses, osImage }) => ({
      name,
      uid,
      addresses,
      osImage,
    })),
    candidates,
    ...(proxy === undefined ? {} : { proxyEnabled: proxy.isEnabled }),
    ...(proxy?.trustedCA === undefined ? {} : { trustedCA: proxy.trustedCA }),
    ...(encryption === undefined ? {} : { encryption }),
    signers: ifObserved(() => observed.signers) ?? [],
    revisions: revisions(observed),
    guards,
    overrides,
    warnings: [
      ...(proposed === undefined || 'refused' in proposed ? [] : proposed.warnings),
      ...etcdWarnings(observed),
      ...(isApiAway ? [withoutApi] : []),
    ],
  };
}

const withoutApi =
  "the cluster's API did not answer: a script of OpenShift 4.6 or later is told not to ask the node's own API server about rollouts, and marks its files __POSSIBLY_DIRTY__";

/** The newest revision of the static pods, where the API shows one: a restore asks whether they have moved on. */
function revisions(observed: ObservedCluster): Readonly<Record<string, number>> {
  const configs = {
    etcd: ifObserved(() => observed.etcd),
    'kube-apiserver': ifObserved(() => observed.kubeApiServer),
  };
  const known = Object.entries(configs).flatMap(([name, config]) =>
    config?.latestRevision === undefined ? [] : [[name, config.latestRevision] as const],
  );
  return Object.fromEntries(known);
}

/**
 * What etcd's operator says of the members. No guard: a cluster that has lost a member needs a backup all the more, and the node
 * itself is asked before the script runs.
 *
 * @see https://github.com/openshift/cluster-etcd-operator/blob/release-4.16/pkg/operator/etcdmemberscontroller/etcdmemberscontroller.go
 */
function etcdWarnings(observed: ObservedCluster): readonly string[] {
  const conditions = ifObserved(() => observed.etcd)?.conditions ?? [];
  const wrong = [
    ...(conditionStatus(conditions, 'EtcdMembersAvailable') === 'False'
      ? ['EtcdMembersAvailable']
      : []),
    ...(conditionStatus(conditions, 'EtcdMembersDegraded') === 'True'
      ? ['EtcdMembersDegraded']
      : []),
  ];
  return wrong.map((type) => {
    const { status, message } = findCondition(conditions, type) ?? {};
    const said = message === undefined || message === '' ? '' : `: ${message}`;
    return `etcd's operator says ${type} ${status}${said}`.replaceAll(/\s+/g, ' ').slice(0, 300);
  });
}
