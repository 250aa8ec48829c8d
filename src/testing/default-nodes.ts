import { randomUUID } from 'node:crypto';

import type { Condition, Node, ObjectMeta } from './cluster-objects.ts';
import type { Pod } from './pod-schema.ts';

interface NodeOptions {
  /** Counted from 0; gives the node its address. */
  readonly index: number;
  readonly since: string;
  /** The etcd image, by digest: it is on the node already. */
  readonly image: string;
}

/** A control plane node of OpenShift 4.16 that is ready and has no work in progress. */
export function controlPlaneNode(metadata: ObjectMeta, { index, since, image }: NodeOptions): Node {
  const config = 'rendered-master-5f2c1a9e0b7d4c3386aa90be1f7d2c11';
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      ...metadata,
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': metadata.name,
        'kubernetes.io/os': 'linux',
        'node-role.kubernetes.io/control-plane': '',
        'node-role.kubernetes.io/master': '',
        'node.openshift.io/os_id': 'rhcos',
      },
      annotations: {
        'machineconfiguration.openshift.io/currentConfig': config,
        'machineconfiguration.openshift.io/desiredConfig': config,
        'machineconfiguration.openshift.io/state': 'Done',
      },
    },
    spec: { taints: [{ key: 'node-role.kubernetes.io/master', effect: 'NoSchedule' }] },
    status: {
      addresses: [
        { type: 'InternalIP', address: nodeAddress(index) },
        { type: 'Hostname', address: metadata.name },
      ],
      conditions: [
        pressure('MemoryPressure', since),
        pressure('DiskPressure', since),
        pressure('PIDPressure', since),
        { type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: since },
      ],
      images: [{ names: [image], sizeBytes: 431_816_212 }],
      nodeInfo: {
        architecture: 'amd64',
        bootID: randomUUID(),
        kubeletVersion: 'v1.29.9+5865c5b',
        containerRuntimeVersion: 'cri-o://1.29.9-5.rhaos4.16.gitb4bdda2.el9',
        kernelVersion: '5.14.0-427.40.1.el9_4.x86_64',
        machineID: randomUUID().replaceAll('-', ''),
        operatingSystem: 'linux',
        osImage: 'Red Hat Enterprise Linux CoreOS 416.94.202410211619-0',
        systemUUID: randomUUID(),
      },
    },
  };
}

/** The mirror of the etcd static pod of a node; nothing runs behind it. */
export function etcdPod(
  metadata: ObjectMeta,
  options: NodeOptions & { readonly nodeName: string; readonly revision: number },
): Pod {
  const { index, since, image, nodeName, revision } = options;
  const containers = ['etcdctl', 'etcd', 'etcd-metrics', 'etcd-readyz'];
  const ready = (type: string): Condition => ({ type, status: 'True', lastTransitionTime: since });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      labels: { app: 'etcd', etcd: 'true', 'k8s-app': 'etcd', revision: String(revision) },
      annotations: { 'kubernetes.io/config.source': 'file' },
    },
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

function nodeAddress(index: number): string {
  return `10.0.0.${10 + index}`;
}

function pressure(type: string, since: string): Condition {
  return { type, status: 'False', reason: 'KubeletHasNoPressure', lastTransitionTime: since };
}
