import { randomUUID } from 'node:crypto';

import type { Condition, ObjectMeta } from './cluster-objects.ts';
import { nodeAddress } from './default-nodes.ts';
import { isAtLeast } from './openshift-version.ts';
import type { Pod } from './pod-schema.ts';

interface EtcdPodOptions {
  readonly nodeName: string;
  /** Counted from 0; gives the node its address. */
  readonly index: number;
  readonly since: string;
  /** The etcd image, by digest. */
  readonly image: string;
  readonly revision: number;
  readonly version: string;
}

/**
 * The mirror of the etcd static pod of a node; nothing runs behind it. Before 4.4, when etcd had no operator, it was
 * `etcd-member-<node>`.
 *
 * @see https://github.com/openshift/machine-config-operator/blob/release-4.3/templates/master/00-master/_base/files/etc-kubernetes-manifests-etcd-member.yaml
 * @see https://github.com/openshift/cluster-etcd-operator/blob/release-4.16/bindata/etcd/pod.yaml
 */
export function etcdPod(
  meta: (name: string, more: Partial<ObjectMeta>) => ObjectMeta,
  options: EtcdPodOptions,
): Pod {
  const { index, since, image, nodeName } = options;
  const { name, labels, containers } = look(options);
  const ready = (type: string): Condition => ({ type, status: 'True', lastTransitionTime: since });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta(name, {
      namespace: 'openshift-etcd',
      labels,
      annotations: { 'kubernetes.io/config.source': 'file' },
    }),
    spec: {
      nodeName,
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      containers: containers.map((name) => ({ name, image })),
    },
    status: {
      phase: 'Running',
      hostIP: nodeAddress(index),
      podIP: nodeAddress(index),
      qosClass: 'Burstable',
      startTime: since,
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) =>
        ready(type),
      ),
      containerStatuses: containers.map((name) => ({
        name,
        image,
        imageID: image,
        containerID: `cri-o://${randomUUID().replaceAll('-', '').repeat(2)}`,
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: since } },
        lastState: {},
      })),
    },
  };
}

function look({ version, nodeName, revision }: EtcdPodOptions): {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly containers: readonly string[];
} {
  if (!isAtLeast(version, '4.4')) {
    return {
      name: `etcd-member-${nodeName}`,
      labels: { 'k8s-app': 'etcd' },
      containers: ['etcd-member', 'etcd-metrics'],
    };
  }
  return {
    name: `etcd-${nodeName}`,
    labels: { app: 'etcd', etcd: 'true', 'k8s-app': 'etcd', revision: String(revision) },
    containers: [
      'etcdctl',
      'etcd',
      'etcd-metrics',
      ...(isAtLeast(version, '4.9') ? ['etcd-readyz'] : []),
    ],
  };
}
