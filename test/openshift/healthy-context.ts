import { chooseNodes } from '../../src/openshift/choose-node.ts';
import type { NodeWishes } from '../../src/openshift/choose-node.ts';
import type { ControlPlaneNode } from '../../src/openshift/control-plane-nodes.ts';
import type {
  GuardContext,
  GuardSettings,
  ProposedScript,
} from '../../src/openshift/guards/guard.ts';
import type { ObservedCluster } from '../../src/openshift/observed-cluster.ts';

/** The day on which the cluster of these tests is looked at. */
export const now = new Date('2026-03-10T12:00:00Z');

export const image = `quay.io/etcd@sha256:${'0'.repeat(64)}`;

/** A time before or after {@link now}. */
export function hoursFromNow(hours: number): Date {
  return new Date(now.getTime() + hours * 3_600_000);
}

/** A node that is fit. */
export function node(name: string, changes: Partial<ControlPlaneNode> = {}): ControlPlaneNode {
  return {
    name,
    uid: name,
    addresses: ['10.0.0.10'],
    osImage: 'RHCOS',
    architecture: 'amd64',
    isReady: true,
    pressures: [],
    isUnschedulable: false,
    machineConfig: { state: 'Done', current: 'rendered-1', desired: 'rendered-1' },
    ...changes,
  };
}

/** A signer of node certificates, valid from and to so many hours from now. */
export function signer(from: number, to: number) {
  return {
    subject: 'CN=kube-csr-signer',
    notBefore: hoursFromNow(from).toISOString(),
    notAfter: hoursFromNow(to).toISOString(),
    sha256: 'a'.repeat(64),
  };
}

export const healthy: ObservedCluster = {
  version: { clusterId: 'id', openshiftVersion: '4.16.20', installedAt: hoursFromNow(-2160) },
  infrastructure: {
    infrastructureName: 'demo-x7',
    topology: 'HighlyAvailable',
    machineNetworks: ['10.0.0.0/16'],
  },
  networks: { pods: ['10.128.0.0/14', 'fd01::/48'], services: ['172.30.0.0/16'] },
  ingressDomain: 'apps.demo.example.com',
  baseDomain: 'demo.example.com',
  proxy: { isEnabled: false },
  encryptionType: 'identity',
  kubeApiServer: { conditions: [], latestRevision: 7 },
  openshiftApiServer: { conditions: [] },
  authentication: { conditions: [] },
  etcd: { conditions: [], latestRevision: 7 },
  operators: [{ name: 'etcd', isProgressing: false }],
  nodes: [node('master-0'), node('master-1')],
  etcdPods: [
    { nodeName: 'master-0', isReady: true, image },
    { nodeName: 'master-1', isReady: true, image },
  ],
  namespace: {
    name: 'etcd-backup',
    exists: true,
    isTerminating: false,
    enforces: 'privileged',
    keepsLabels: true,
  },
  signers: [signer(-200, 520)],
  pendingNodeRequests: [],
};

export const settings: GuardSettings = {
  access: 'debugPod',
  stores: { snapshot: 'primary', staticKubeResources: 'vault' },
  separateStores: 'auto',
  beforeFirstCertificateRotation: 'refuse',
};

const proposed: ProposedScript = {
  release: '4.13',
  writesCombinedFile: false,
  isUnproven: false,
  warnings: [],
};

/** What differs from a healthy cluster with a plain configuration. */
export interface Changes {
  readonly observed?: Partial<ObservedCluster>;
  readonly settings?: Partial<GuardSettings>;
  readonly stores?: GuardContext['stores'];
  readonly proposed?: ProposedScript;
  readonly now?: Date;
  readonly wishes?: Partial<NodeWishes>;
}

/** What guards look at, of a healthy cluster but for the changes. */
export function context(changes: Changes): GuardContext {
  // Not by spreading: fields of an observed cluster may throw.
  const observed: ObservedCluster = Object.create(
    healthy,
    Object.getOwnPropertyDescriptors(changes.observed ?? {}),
  );
  const wishes = { needsImage: true, overridden: new Set<string>(), ...changes.wishes };
  return {
    observed,
    choice: chooseNodes(observed, wishes),
    settings: { ...settings, ...changes.settings },
    stores: changes.stores ?? { primary: { place: '1:1' }, vault: { place: '1:2' } },
    proposeScript: () => changes.proposed ?? proposed,
    now: changes.now ?? now,
  };
}
