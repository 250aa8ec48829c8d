import type {
  ClusterOperator,
  Condition,
  ObjectMeta,
  OperatorConfig,
  StaticPodOperator,
} from './cluster-objects.ts';

interface OperatorOptions {
  /** Since when everything is as it is. */
  readonly since: string;
  readonly nodeNames: readonly string[];
  /** The revision of the static pods. */
  readonly revision: number;
}

/** A ClusterOperator with nothing in progress. */
export function clusterOperator(
  metadata: ObjectMeta,
  { since, version }: { readonly since: string; readonly version: string },
): ClusterOperator {
  return {
    apiVersion: 'config.openshift.io/v1',
    kind: 'ClusterOperator',
    metadata,
    spec: {},
    status: {
      conditions: [
        is('Available', 'True', since, 'AsExpected'),
        is('Progressing', 'False', since, 'AsExpected'),
        is('Degraded', 'False', since, 'AsExpected'),
        is('Upgradeable', 'True', since, 'AsExpected'),
      ],
      versions: [{ name: 'operator', version }],
      relatedObjects: [],
    },
  };
}

/** The object of kube-apiserver's operator: etcd encryption is off. */
export function kubeApiServerOperator(
  metadata: ObjectMeta,
  options: OperatorOptions,
): StaticPodOperator {
  return staticPodOperator('KubeAPIServer', metadata, options, [
    ...unencrypted(options.since),
    settled(options.since),
  ]);
}

/** The object of another component of the control plane that runs as static pods, and keeps nothing in etcd itself. */
export function controlPlaneOperator(
  kind: 'KubeControllerManager' | 'KubeScheduler',
  metadata: ObjectMeta,
  options: OperatorOptions,
): StaticPodOperator {
  return staticPodOperator(kind, metadata, options, [settled(options.since)]);
}

/** The object of an operator whose resources are encrypted in etcd when kube-apiserver's are. */
export function encryptingOperator(
  kind: 'OpenShiftAPIServer' | 'Authentication',
  metadata: ObjectMeta,
  since: string,
): OperatorConfig {
  return {
    apiVersion: 'operator.openshift.io/v1',
    kind,
    metadata,
    spec: { managementState: 'Managed', logLevel: 'Normal', operatorLogLevel: 'Normal' },
    status: { conditions: unencrypted(since), readyReplicas: 0 },
  };
}

/** The object of etcd's operator: every node has a healthy member. */
export function etcdOperator(metadata: ObjectMeta, options: OperatorOptions): StaticPodOperator {
  const { since, nodeNames } = options;
  const message = `${nodeNames.length} members are available`;
  return staticPodOperator('Etcd', metadata, options, [
    is('EtcdMembersAvailable', 'True', since, 'EtcdQuorate', message),
    is('EtcdMembersDegraded', 'False', since, 'AsExpected'),
    is('EtcdMembersProgressing', 'False', since, 'AsExpected'),
  ]);
}

/** A condition since a time. */
export function is(
  type: string,
  status: Condition['status'],
  lastTransitionTime: string,
  reason?: string,
  message?: string,
): Condition {
  return {
    type,
    status,
    lastTransitionTime,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
  };
}

function unencrypted(since: string): Condition[] {
  return [
    is('Encrypted', 'False', since, 'EncryptionDisabled'),
    is('EncryptionMigrationControllerProgressing', 'False', since),
  ];
}

function settled(since: string): Condition {
  return is('NodeInstallerProgressing', 'False', since, 'AllNodesAtLatestRevision');
}

function staticPodOperator(
  kind: string,
  metadata: ObjectMeta,
  { nodeNames, revision }: OperatorOptions,
  conditions: Condition[],
): StaticPodOperator {
  return {
    apiVersion: 'operator.openshift.io/v1',
    kind,
    metadata,
    spec: { managementState: 'Managed', logLevel: 'Normal', operatorLogLevel: 'Normal' },
    status: {
      latestAvailableRevision: revision,
      nodeStatuses: nodeNames.map((nodeName) => ({ nodeName, currentRevision: revision })),
      conditions,
      readyReplicas: 0,
    },
  };
}
