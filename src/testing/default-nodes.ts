import { randomUUID } from 'node:crypto';

import type { Condition, Node, ObjectMeta } from './cluster-objects.ts';
import { isAtLeast, minorOf } from './openshift-version.ts';

interface NodeOptions {
  /** Counted from 0; gives the node its address. */
  readonly index: number;
  readonly since: string;
  /** The etcd image, by digest: it is on the node already. */
  readonly image: string;
  readonly version: string;
}

/**
 * A control plane node that is ready and has no work in progress.
 *
 * @see https://github.com/openshift/machine-config-operator/blob/release-4.12/templates/master/01-master-kubelet/_base/units/kubelet.service.yaml for the labels
 */
export function controlPlaneNode(
  metadata: ObjectMeta,
  { index, since, image, version }: NodeOptions,
): Node {
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
        ...(isAtLeast(version, '4.12') && { 'node-role.kubernetes.io/control-plane': '' }),
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
        kubeletVersion: `${kubernetesVersion(version)}+5865c5b`,
        containerRuntimeVersion: `cri-o://${kubernetesVersion(version).slice(1)}`,
        kernelVersion: '5.14.0-427.40.1.el9_4.x86_64',
        machineID: randomUUID().replaceAll('-', ''),
        operatingSystem: 'linux',
        osImage: `Red Hat Enterprise Linux CoreOS ${coreOsVersion(version)}`,
        systemUUID: randomUUID(),
      },
    },
  };
}

/** The Kubernetes version of an OpenShift release: 4.16 has 1.29. */
export function kubernetesVersion(version: string): string {
  return `v1.${minorOf(version) + 13}.9`;
}

/** The version of the operating system that comes with an OpenShift release. */
export function coreOsVersion(version: string): string {
  return `4${minorOf(version)}.94.202410211619-0`;
}

/** The address of a control plane node on its machine network. */
export function nodeAddress(index: number): string {
  return `10.0.0.${10 + index}`;
}

function pressure(type: string, since: string): Condition {
  return { type, status: 'False', reason: 'KubeletHasNoPressure', lastTransitionTime: since };
}
