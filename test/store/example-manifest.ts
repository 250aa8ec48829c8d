import type { Manifest } from '../../src/contracts/manifest.ts';

const snapshot = 'snapshot_2026-01-01_010203.db';
const tarball = 'static_kuberesources_2026-01-01_010203.tar.gz';
const id = '20260101T010000Z-k3x9q0z7ab1c';

const keys = {
  revisions: { latest: 12, running: { 'master-0': 12 } },
  keyNames: ['2', '1'],
  configSha256: '2'.repeat(64),
};

/** A manifest with every field that the format has. */
export const exampleManifest: Manifest = {
  format: 'temporal-etcd-backup/1',
  id,
  createdAt: '2026-01-01T01:04:00.000Z',
  cluster: {
    name: 'prod-eu',
    id: '5f1c2a34-0000-4000-8000-000000000000',
    infrastructureName: 'prod-eu-x7k2p',
    topology: 'HighlyAvailable',
    architecture: 'amd64',
  },
  openshiftVersion: '4.18.7',
  releaseImage: `quay.io/openshift-release-dev/ocp-release@sha256:${'a'.repeat(64)}`,
  etcdImage: `quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:${'b'.repeat(64)}`,
  files: [
    {
      kind: 'snapshot',
      name: snapshot,
      store: 'primary',
      key: `prod-eu/${id}/${snapshot}`,
      sizeBytes: 32_800,
      sha256: 'c'.repeat(64),
      storedSizeBytes: 32_800,
      storedSha256: 'c'.repeat(64),
      partsChecksum: { sha256OfParts: 'f'.repeat(64), partSizeBytes: 33_554_432 },
      lock: { mode: 'compliance', until: '2026-01-31T01:03:10.000Z' },
    },
    {
      kind: 'staticKubeResources',
      name: tarball,
      store: 'vault',
      key: `prod-eu/${id}/${tarball}.age`,
      sizeBytes: 61_440,
      sha256: 'd'.repeat(64),
      storedSizeBytes: 61_800,
      storedSha256: 'e'.repeat(64),
      compression: 'zstd',
      recipients: ['age1example'],
    },
  ],
  verification: [
    { level: 'origin', outcome: 'passed', evidence: 'SHA-256 equals the one etcd appended' },
    { level: 'transport', outcome: 'passed', evidence: 'store primary: read back' },
  ],
  restore: {
    script: '/usr/local/bin/cluster-restore.sh',
    sameVersion: '4.18.7',
    initialCluster: 'master-0=https://10.0.0.10:2380',
  },
  etcd: {
    version: '3.5.0',
    hash: 1_347_556_607,
    revision: 31,
    totalKey: 30,
    totalSize: 32_768,
    members: [
      {
        id: '8e9e05c52164694d',
        name: 'master-0',
        peerURLs: ['https://10.0.0.10:2380'],
        isLearner: false,
        raftIndex: 4711,
      },
    ],
    member: '8e9e05c52164694d',
    leader: '8e9e05c52164694d',
  },
  encryption: {
    type: 'aescbc',
    state: 'EncryptionCompleted',
    keysBefore: keys,
    keysAfter: keys,
    keysWithSnapshot: true,
  },
  certificates: {
    signers: [
      {
        subject: 'CN=kube-csr-signer_@1767225600',
        notBefore: '2025-12-01T00:00:00.000Z',
        notAfter: '2026-01-30T00:00:00.000Z',
        sha256: '1'.repeat(64),
      },
    ],
  },
  proxyEnabled: true,
  trustedCA: 'user-ca-bundle',
  nodes: [
    {
      name: 'master-0',
      uid: '00000000-0000-4000-8000-000000000001',
      addresses: ['10.0.0.10'],
      osImage: 'Red Hat Enterprise Linux CoreOS 418.94',
    },
  ],
  node: { name: 'master-0', reason: 'the first fit one' },
  script: {
    path: '/usr/local/bin/cluster-backup.sh',
    release: '4.6 and later',
    sha256: 'f'.repeat(64),
    possiblyDirty: false,
    startedAt: '2026-01-01T01:02:03.000Z',
    finishedAt: '2026-01-01T01:03:00.000Z',
  },
  revisions: { etcd: 9, kubeAPIServer: 12 },
  guards: [
    {
      guard: 'quietHours',
      outcome: 'overridden',
      evidence: '09:00 in Europe/Berlin',
      until: '2026-01-02T00:00:00.000Z',
    },
  ],
  overrides: [{ guard: 'quietHours', reason: 'before the upgrade', who: 'ada' }],
  labels: { team: 'platform', ticket: 'OPS-7' },
  run: {
    namespace: 'default',
    workflowId: 'etcd-backup/prod-eu',
    runId: '00000000-0000-4000-8000-000000000002',
    name: 'k3x9q0z7ab1c',
    takes: [{ number: 1, nodeName: 'master-0', ended: 'succeeded' }],
    resumedBy: { workflowId: 'etcd-backup/prod-eu', runId: '00000000-0000-4000-8000-000000000002' },
    rechecks: [{ who: 'ada', reason: 'before the upgrade', at: '2026-01-01T01:00:30.000Z' }],
  },
  // By nobody: tests that ask who signed sign it anew.
  signature: { algorithm: 'ed25519', keyId: '3'.repeat(64), value: `${'A'.repeat(86)}==` },
};
