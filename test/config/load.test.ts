import { join } from 'node:path';

import { expect, test } from 'vitest';

import { directory, load, small } from './load-yaml.ts';

test('a small configuration is complete: everything else has a default', async () => {
  expect(await load(small)).toEqual({
    taskQueue: 'etcd-backup',
    clusters: {
      'prod-eu': {
        kubeconfig: { file: '/run/secrets/prod-eu' },
        access: 'debugPod',
        namespace: 'etcd-backup',
        backupDirectory: '/home/core/assets/backup',
        stores: { snapshot: 'primary', staticKubeResources: 'primary' },
        copies: [],
        separateStores: 'auto',
        beforeFirstCertificateRotation: 'refuse',
        keepOnNode: 'never',
        deadlineMs: 86_400_000,
        heartbeatTimeoutMs: 30_000,
        noProgressMs: 1_800_000,
        partSizeBytes: 33_554_432,
        transfer: { lanes: 2, compression: 'auto', direct: false },
      },
    },
    stores: { primary: { directory: '/mnt/backups' } },
  });
});

test('every key of the file reaches the configuration', async () => {
  const image = `quay.io/openshift/etcd@sha256:${'a'.repeat(64)}`;
  const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
  const { taskQueue, clusters, stores } = await load(`taskQueue: zone-1
clusters:
  prod.eu:
    kubeconfig: { file: /run/secrets/prod-eu, context: admin }
    node: master-1.example.com
    namespace: backups
    image: ${image}
    backupDirectory: /var/backup
    access: ssh
    ssh:
      user: backup
      port: 2222
      identityFile: /run/secrets/key
      knownHosts: /etc/known_hosts
      hosts: { master-1.example.com: 10.0.0.11 }
    stores: { snapshot: primary, staticKubeResources: vault }
    copies: [{ snapshot: vault, staticKubeResources: primary }]
    separateStores: always
    beforeFirstCertificateRotation: wait
    quietHours: { from: '22:00', to: '05:00', timeZone: Europe/Berlin, outside: wait }
    keepOnNode: onUploadFailure
    deadline: 2h
    heartbeatTimeout: 10s
    noProgress: 5m
    partSize: 512KiB
    transfer: { lanes: 4, compression: off, maxRate: 50MiB, direct: true }
  here:
    kubeconfig: { inCluster: true }
    stores: { snapshot: primary, staticKubeResources: vault }
stores:
  primary: { directory: /mnt/backups }
  vault: { directory: /mnt/vault, compression: zstd, recipients: [${recipient}], taskQueue: vault }
`);
  expect(stores['vault']).toEqual({
    directory: '/mnt/vault',
    compression: 'zstd',
    recipients: [recipient],
    taskQueue: 'vault',
  });
  expect(taskQueue).toBe('zone-1');
  expect(clusters['here']?.kubeconfig).toEqual({ inCluster: true });
  expect(clusters['prod.eu']).toEqual({
    kubeconfig: { file: '/run/secrets/prod-eu', context: 'admin' },
    node: 'master-1.example.com',
    namespace: 'backups',
    image,
    backupDirectory: '/var/backup',
    access: 'ssh',
    ssh: {
      user: 'backup',
      port: 2222,
      identityFile: '/run/secrets/key',
      knownHosts: '/etc/known_hosts',
      hosts: { 'master-1.example.com': '10.0.0.11' },
    },
    stores: { snapshot: 'primary', staticKubeResources: 'vault' },
    copies: [{ snapshot: 'vault', staticKubeResources: 'primary' }],
    separateStores: 'always',
    beforeFirstCertificateRotation: 'wait',
    quietHours: { from: '22:00', to: '05:00', timeZone: 'Europe/Berlin', outside: 'wait' },
    keepOnNode: 'onUploadFailure',
    deadlineMs: 7_200_000,
    heartbeatTimeoutMs: 10_000,
    noProgressMs: 300_000,
    partSizeBytes: 524_288,
    transfer: { lanes: 4, compression: 'off', maxBytesPerSecond: 52_428_800, direct: true },
  });
});

test('a relative path begins at the folder of the file', async () => {
  const { clusters, stores } = await load(
    small.replace('/run/secrets/prod-eu', 'kubeconfig').replace('/mnt/backups', './backups'),
  );
  expect(clusters['prod-eu']?.kubeconfig).toEqual({ file: join(directory, 'kubeconfig') });
  expect(stores['primary']).toEqual({ directory: join(directory, 'backups') });
});

test('clusters can share what they have in common through an anchor', async () => {
  const { clusters } = await load(`clusters:
  prod-eu: &common
    kubeconfig: { file: /run/secrets/prod-eu }
    deadline: 3h
    stores: { snapshot: primary, staticKubeResources: primary }
  prod-us:
    <<: *common
    kubeconfig: { file: /run/secrets/prod-us }
stores:
  primary: { directory: /mnt/backups }
`);
  expect(clusters['prod-us']).toMatchObject({
    deadlineMs: 10_800_000,
    kubeconfig: { file: '/run/secrets/prod-us' },
  });
});
