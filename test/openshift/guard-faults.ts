import type { ObservedCluster } from '../../src/openshift/observed-cluster.ts';
import { healthy, hoursFromNow, node, signer } from './healthy-context.ts';
import type { Changes } from './healthy-context.ts';

// What differs from a healthy cluster, by what the API or the configuration would say.

export const encrypting = (type: string, reason: string, status = 'False') => ({
  encryptionType: type,
  kubeApiServer: { conditions: [{ type: 'Encrypted', status, reason }] },
});
export const encrypted = encrypting('aescbc', 'EncryptionCompleted', 'True');
const migrating = {
  conditions: [{ type: 'EncryptionMigrationControllerProgressing', status: 'True' }],
};
export const version = (changes: Partial<ObservedCluster['version']>) => ({
  observed: { version: { ...healthy.version, ...changes } },
});
export const infrastructure = (topology: string) => ({
  observed: { infrastructure: { topology, machineNetworks: [] } },
});
export const namespace = (changes: Partial<ObservedCluster['namespace']>) => ({
  observed: { namespace: { ...healthy.namespace, ...changes } },
});
export const nodes = (...all: ObservedCluster['nodes']) => ({ observed: { nodes: all } });
export const server = (host: string, ...addresses: string[]) => ({
  stores: {
    primary: { place: '1:1', endpoint: { host, addresses } },
    vault: { place: '1:2' },
  },
});
export const combined = {
  release: '4.3.0',
  writesCombinedFile: true,
  isUnproven: false,
  warnings: [],
};
export const nightly = {
  from: '01:00',
  to: '05:00',
  timeZone: 'Europe/Berlin',
  outside: 'refuse',
} as const;
export const onePlace = { primary: { place: '1:1' }, vault: { place: '1:1' } };

/** Every way in which a guard refuses, and words of its evidence. */
export const faults: [guard: string, evidence: string, changes: Changes][] = [
  ['topology', 'hosted outside the cluster', infrastructure('External')],
  ['topology', 'HighlyAvailableArbiter is not proven', infrastructure('HighlyAvailableArbiter')],
  ['topology', 'DualReplica is not proven', infrastructure('DualReplica')],
  [
    'release',
    'takes the name of one file',
    { proposed: { refused: 'it takes the name of one file' } },
  ],
  ['updateSettled', 'from 4.16.20 to 4.16.21 is in flight', version({ updatingTo: '4.16.21' })],
  ['updateSettled', 'an update to 4.16.20 is in flight', version({ updatingTo: '4.16.20' })],
  [
    'operatorsSettled',
    'progressing: etcd',
    { observed: { operators: [{ name: 'etcd', isProgressing: true }] } },
  ],
  [
    'machineConfigSettled',
    'master-0: MachineConfig Working',
    nodes(node('master-0', { machineConfig: { state: 'Working', current: 'a', desired: 'a' } })),
  ],
  [
    'machineConfigSettled',
    'master-0: MachineConfig a, about to become b',
    nodes(node('master-0', { machineConfig: { state: 'Done', current: 'a', desired: 'b' } })),
  ],
  ['fitNode', 'a control plane node is not there', nodes()],
  ['fitNode', 'master-0: not Ready', nodes(node('master-0', { isReady: false }))],
  ['fitNode', 'has DiskPressure', nodes(node('master-0', { pressures: ['DiskPressure'] }))],
  ['fitNode', 'has MemoryPressure', nodes(node('master-0', { pressures: ['MemoryPressure'] }))],
  ['fitNode', 'cordoned', nodes(node('master-0', { isUnschedulable: true }))],
  ['fitNode', 'runs no etcd member', { observed: { etcdPods: [] } }],
  [
    'fitNode',
    'not known by digest',
    { observed: { etcdPods: [{ nodeName: 'master-0', isReady: true, image: undefined }] } },
  ],
  [
    'certificateRequests',
    'csr-1, csr-2, csr-3 and 1 more',
    { observed: { pendingNodeRequests: ['csr-1', 'csr-2', 'csr-3', 'csr-4'] } },
  ],
  [
    'encryptionSettled',
    'are at EncryptionDisabled',
    { observed: encrypting('aescbc', 'EncryptionDisabled') },
  ],
  ['encryptionSettled', 'migrated', { observed: encrypting('aescbc', 'EncryptionInProgress') }],
  ['encryptionSettled', 'migrated', { observed: encrypting('identity', 'DecryptionInProgress') }],
  [
    'encryptionSettled',
    'EncryptionCompleted',
    { observed: encrypting('identity', 'EncryptionCompleted', 'True') },
  ],
  [
    'encryptionSettled',
    'migrated between keys: openshift-apiserver',
    { observed: { openshiftApiServer: migrating } },
  ],
  [
    'encryptionSettled',
    'migrated between keys: authentication',
    { observed: { authentication: migrating } },
  ],
  ['firstCertificateRotation', 'not 24 hours ago', version({ installedAt: hoursFromNow(-23) })],
  [
    'firstCertificateRotation',
    'no current signer',
    { observed: { signers: [signer(-2161, -2137)] } },
  ],
  ['quietHours', '13:00 is outside 01:00 to 05:00', { settings: { quietHours: nightly } }],
  ['debugNamespace', 'etcd-backup is not there', namespace({ exists: false })],
  ['debugNamespace', 'is being deleted', namespace({ isTerminating: true })],
  ['debugNamespace', 'enforces Pod Security restricted', namespace({ enforces: 'restricted' })],
  [
    'separateStores',
    'etcd is encrypted (aescbc)',
    {
      observed: encrypted,
      settings: { stores: { snapshot: 'primary', staticKubeResources: 'primary' } },
    },
  ],
  ['separateStores', 'primary under two names, vault', { observed: encrypted, stores: onePlace }],
  [
    'separateStores',
    'separateStores: always',
    { settings: { separateStores: 'always' }, stores: onePlace },
  ],
  ['combinedFile', 'into one file', { observed: encrypted, proposed: combined }],
  ['storesOutside', 'which is the control plane node', { settings: { access: 'local' } }],
  ['storesOutside', 'below the domain of services', server('minio.storage.svc')],
  ['storesOutside', 'below the domain of services', server('nfs.storage.svc.cluster.local')],
  ['storesOutside', "cluster's ingress domain", server('minio.apps.demo.example.com')],
  ['storesOutside', "cluster's base domain", server('NFS.demo.example.com.')],
  ['storesOutside', 'the machine network 10.0.0.0/16', server('nfs.example.com', '10.0.9.9')],
  ['storesOutside', 'the pod network 10.128.0.0/14', server('10.129.0.4', '10.129.0.4')],
  ['storesOutside', 'the pod network fd01::/48', server('fd01::7', 'fd01::7')],
  [
    'storesOutside',
    'the service network 172.30.0.0/16',
    server('nfs.example.com', '192.0.2.1', '172.30.4.4'),
  ],
  [
    'storesOutside',
    'the addresses of node master-0: 10.0.0.10',
    {
      ...server('nfs.example.com', '10.0.0.10'),
      observed: { infrastructure: { topology: 'HighlyAvailable', machineNetworks: [] } },
    },
  ],
];
