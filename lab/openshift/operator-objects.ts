import { revisions } from '../cluster/static-pod.ts';
import { place } from '../place.ts';
import { type OpenshiftObject, condition } from './config-objects.ts';
import { installationTime } from './installed.ts';

/** What each static pod operator says of its own work: every node at the same revision, nothing to do. */
export function operatorObjects(): readonly OpenshiftObject[] {
  const since = installationTime();
  return [
    operator('etcds', 'Etcd', 'etcd', [
      condition('EtcdMembersAvailable', 'True', 'EtcdQuorate', '1 members are available', since),
      condition('EtcdMembersDegraded', 'False', 'AsExpected', 'No unhealthy members found', since),
      condition(
        'EtcdMembersProgressing',
        'False',
        'AsExpected',
        'No unstarted etcd members found',
        since,
      ),
    ]),
    operator('kubeapiservers', 'KubeAPIServer', 'kube-apiserver', [...unencrypted(since)]),
    operator('kubecontrollermanagers', 'KubeControllerManager', 'kube-controller-manager', []),
    operator('kubeschedulers', 'KubeScheduler', 'kube-scheduler', []),
    deployed('openshiftapiservers', 'OpenShiftAPIServer', unencrypted(since)),
    deployed('authentications', 'Authentication', unencrypted(since)),
  ];
}

function unencrypted(since: Date): readonly object[] {
  return [
    condition('Encrypted', 'False', 'EncryptionDisabled', 'Encryption is not enabled', since),
    condition('EncryptionMigrationControllerProgressing', 'False', '', '', since),
  ];
}

/** An operator whose operand is no static pod. */
function deployed(plural: string, kind: string, conditions: readonly object[]): OpenshiftObject {
  return {
    plural,
    apiVersion: 'operator.openshift.io/v1',
    kind,
    name: 'cluster',
    spec: { managementState: 'Managed', logLevel: 'Normal', operatorLogLevel: 'Normal' },
    statuses: [{ readyReplicas: 1, conditions }],
  };
}

function operator(
  plural: string,
  kind: string,
  component: keyof typeof revisions,
  conditions: readonly object[],
): OpenshiftObject {
  const revision = revisions[component];
  const since = installationTime();
  const status = {
    readyReplicas: 0,
    latestAvailableRevision: revision,
    latestAvailableRevisionReason: '',
    conditions: [
      ...conditions,
      condition('NodeInstallerProgressing', 'False', 'AllNodesAtLatestRevision', '', since),
      condition('StaticPodsAvailable', 'True', 'AsExpected', '1 nodes are active', since),
    ],
  };
  const { nodeName } = place;
  const reached = { nodeName, currentRevision: revision, targetRevision: 0 };
  return {
    plural,
    apiVersion: 'operator.openshift.io/v1',
    kind,
    name: 'cluster',
    spec: { managementState: 'Managed', logLevel: 'Normal', operatorLogLevel: 'Normal' },
    // The definition refuses a node that is born with a revision.
    statuses: [
      { ...status, nodeStatuses: [{ nodeName }] },
      { ...status, nodeStatuses: [reached] },
    ],
  };
}
