import { expect, test } from 'vitest';

import { guards } from '../../src/openshift/guards/index.ts';
import { condition, named } from '../../src/testing/index.ts';
import type { ClusterObjects } from '../../src/testing/index.ts';
import { check, restoreObjects } from './cluster-check.ts';
import type { CheckChanges } from './cluster-check.ts';
import { useSteps } from './step-bench.ts';

const bench = useSteps();
restoreObjects(bench);

const encrypt = ({ apiServer, kubeApiServer }: ClusterObjects) => {
  apiServer.spec.encryption = { type: 'aescbc' };
  const encrypted = condition(kubeApiServer.status.conditions, 'Encrypted');
  Object.assign(encrypted, { status: 'True', reason: 'EncryptionCompleted' });
};
const runVersion = ({ clusterVersion }: ClusterObjects, version: string) => {
  clusterVersion.status.history[0]!.version = version;
};
const inAnHour = (hours: number) =>
  new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);

// One way in which each guard refuses, made on the API itself or in the configuration.
const refusals: Readonly<Record<string, CheckChanges>> = {
  topology: {
    change: ({ infrastructure }) => {
      infrastructure.status.controlPlaneTopology = 'External';
    },
  },
  release: { change: (objects) => runVersion(objects, '4.2.36') },
  updateSettled: {
    change: ({ clusterVersion }) => {
      condition(clusterVersion.status.conditions, 'Progressing').status = 'True';
    },
  },
  operatorsSettled: {
    change: ({ clusterOperators }) => {
      const scheduler = named(clusterOperators, 'kube-scheduler');
      condition(scheduler.status.conditions, 'Progressing').status = 'True';
    },
  },
  machineConfigSettled: {
    change: ({ nodes }) => {
      nodes[0]!.metadata.annotations = {
        'machineconfiguration.openshift.io/state': 'Working',
      };
    },
  },
  fitNode: {
    change: ({ nodes }) => {
      condition(nodes[0]!.status.conditions, 'DiskPressure').status = 'True';
    },
  },
  certificateRequests: {
    change: (objects) => {
      objects.certificateSigningRequests = [
        {
          apiVersion: 'certificates.k8s.io/v1',
          kind: 'CertificateSigningRequest',
          metadata: {
            name: 'csr-7',
            uid: '7',
            resourceVersion: '7',
            creationTimestamp: '2026-01-01T00:00:00Z',
          },
          spec: {
            request: '',
            signerName: 'kubernetes.io/kubelet-serving',
            usages: [],
            username: 'system:node:master-0',
          },
          status: {},
        },
      ];
    },
  },
  encryptionSettled: {
    change: ({ authentication }) => {
      const migrating = 'EncryptionMigrationControllerProgressing';
      condition(authentication.status.conditions, migrating).status = 'True';
    },
  },
  firstCertificateRotation: {
    change: ({ clusterVersion }) => {
      clusterVersion.metadata.creationTimestamp = new Date(Date.now() - 60_000).toISOString();
    },
  },
  quietHours: {
    config: {
      quietHours: { from: inAnHour(2), to: inAnHour(3), timeZone: 'UTC', outside: 'refuse' },
    },
  },
  debugNamespace: {
    change: ({ namespaces }) => {
      named(namespaces, 'etcd-backup').metadata.labels = {
        'pod-security.kubernetes.io/enforce': 'restricted',
      };
    },
  },
  separateStores: {
    change: encrypt,
    config: { stores: { snapshot: 'primary', staticKubeResources: 'primary' } },
  },
  combinedFile: {
    change: (objects) => {
      encrypt(objects);
      runVersion(objects, '4.3.1');
    },
  },
  storesOutside: { storeHost: '172.30.0.7' },
};

test('every guard of the registry has a refusal here', () => {
  expect(Object.keys(refusals)).toEqual(Object.keys(guards));
});

test.each(Object.entries(refusals))(
  '%s refuses by what the API shows, alone, and no pod was created',
  async (guard, changes) => {
    const pods = bench.cluster.objects.pods.length;
    await expect(check(bench, changes)).rejects.toMatchObject({
      type: 'GuardRefused',
      nonRetryable: true,
      message: expect.stringMatching(new RegExp(`^${guard}: [^|]+$`)),
    });
    expect(bench.cluster.requests.filter(({ verb }) => verb === 'create')).toEqual([]);
    expect(bench.cluster.objects.pods.length).toBe(pods);
  },
);

test.each(Object.entries(refusals))(
  '%s is overridden by its name, and the backup may go on',
  async (guard, changes) => {
    const request = { overrides: [{ guard, reason: 'drill 7' }] };
    expect(await check(bench, { ...changes, request })).toMatchObject({
      outcome: 'ready',
      facts: {
        guards: expect.arrayContaining([
          { guard, outcome: 'overridden', evidence: expect.stringContaining('drill 7') },
        ]),
      },
    });
  },
);

test('three faults of one cluster are named in one failure', async () => {
  const change = (objects: ClusterObjects) => {
    for (const fault of ['topology', 'updateSettled', 'certificateRequests']) {
      refusals[fault]?.change?.(objects);
    }
  };
  await expect(check(bench, { change })).rejects.toMatchObject({
    message: expect.stringMatching(/^topology: .* \| updateSettled: .* \| certificateRequests: /),
  });
});
