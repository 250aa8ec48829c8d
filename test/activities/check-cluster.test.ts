import { rm } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { condition } from '../../src/testing/index.ts';
import type { ClusterObjects } from '../../src/testing/index.ts';
import { check, restoreObjects } from './cluster-check.ts';
import { useSteps } from './step-bench.ts';

const override = (guard: string) => ({ guard, reason: 'drill 7' });
const progressing = ({ clusterOperators }: ClusterObjects) => {
  const etcd = clusterOperators.find(({ metadata }) => metadata.name === 'etcd');
  condition(etcd!.status.conditions, 'Progressing').status = 'True';
};
const young = ({ clusterVersion }: ClusterObjects) => {
  clusterVersion.metadata.creationTimestamp = new Date(Date.now() - 3_600_000).toISOString();
};

describe('looking at the cluster', () => {
  const bench = useSteps();
  restoreObjects(bench);

  test('of a healthy one gives facts and policy, and changes nothing', async () => {
    expect(await check(bench)).toMatchObject({
      outcome: 'ready',
      facts: {
        cluster: { name: 'demo', infrastructureName: 'stand-in-7x2kq', topology: 'SingleReplica' },
        openshiftVersion: '4.16.20',
        candidates: [
          {
            name: 'master-0',
            reason: expect.stringContaining('Ready, no pressure'),
            architecture: 'amd64',
            etcdImage: expect.stringContaining('@sha256:'),
          },
        ],
        proxyEnabled: false,
        encryption: { type: 'identity', state: 'EncryptionDisabled' },
        signers: [expect.anything(), expect.anything()],
        revisions: { etcd: 7, 'kube-apiserver': 7 },
        overrides: [],
        warnings: [],
      },
      policy: {
        access: 'debugPod',
        mutex: 'lease',
        forceScript: false,
        stores: { snapshot: 'primary', staticKubeResources: 'vault' },
      },
    });
  });

  test('refuses where a guard refuses', async () => {
    await expect(check(bench, { change: progressing })).rejects.toMatchObject({
      type: 'GuardRefused',
      nonRetryable: true,
      message: 'operatorsSettled: progressing: etcd',
    });
  });

  test('goes on where the guard is overridden, records who and why, and tells the script', async () => {
    const request = { overrides: [{ ...override('operatorsSettled'), who: 'ops' }] };
    expect(await check(bench, { change: progressing, request })).toMatchObject({
      outcome: 'ready',
      facts: {
        overrides: request.overrides,
        guards: expect.arrayContaining([
          {
            guard: 'operatorsSettled',
            outcome: 'overridden',
            evidence: 'progressing: etcd; overridden by ops: drill 7',
          },
        ]),
      },
      policy: { forceScript: true },
    });
  });

  test('does not force the script for an override that was not needed', async () => {
    const request = { overrides: [override('operatorsSettled')] };
    expect(await check(bench, { request })).toMatchObject({ policy: { forceScript: false } });
  });

  test('fails, for another worker to try, where the key that is to sign cannot be used', async () => {
    const signing = { privateKey: { variable: 'NO_SUCH_KEY' } };
    await expect(check(bench, { signing })).rejects.toMatchObject({
      type: 'SigningKeyUnavailable',
      nonRetryable: false,
      message: expect.stringMatching(/^signing\.privateKey\.variable: .* not set \(NO_SUCH_KEY\)$/),
    });
  });

  test('waits for the last of the guards that wait, with all findings', async () => {
    const from = new Date(Date.now() + 30 * 3_600_000);
    const time = (hours: number) =>
      new Date(from.getTime() + hours * 3_600_000).toISOString().slice(11, 16);
    const quietHours = { from: time(0), to: time(1), timeZone: 'UTC', outside: 'wait' } as const;
    const config = { quietHours, beforeFirstCertificateRotation: 'wait' } as const;
    const waiting = await check(bench, { change: young, config });
    const dueAt = Date.parse(bench.cluster.objects.clusterVersion.metadata.creationTimestamp);
    expect(waiting).toMatchObject({
      outcome: 'waiting',
      until: new Date(dueAt + 24 * 3_600_000).toISOString(),
    });
    const found = waiting.outcome === 'waiting' ? waiting.guards : [];
    expect(found.filter(({ outcome }) => outcome === 'waiting').map(({ guard }) => guard)).toEqual([
      'firstCertificateRotation',
      'quietHours',
    ]);
    expect(found.length).toBeGreaterThan(10);
  });

  test('refuses at once where one guard waits and another refuses', async () => {
    const config = { beforeFirstCertificateRotation: 'wait' } as const;
    const change = (objects: ClusterObjects) => {
      young(objects);
      progressing(objects);
    };
    await expect(check(bench, { change, config })).rejects.toMatchObject({
      type: 'GuardRefused',
      message: 'operatorsSettled: progressing: etcd',
    });
  });

  test('goes on before the first certificate rotation where the configuration overrides it', async () => {
    const config = { beforeFirstCertificateRotation: 'override' } as const;
    expect(await check(bench, { change: young, config })).toMatchObject({
      outcome: 'ready',
      facts: {
        guards: expect.arrayContaining([
          {
            guard: 'firstCertificateRotation',
            outcome: 'overridden',
            evidence: expect.stringContaining('the configuration says'),
          },
        ]),
      },
    });
  });

  test('goes to an unfit node where it is overridden, never to one that is not there', async () => {
    const change = ({ nodes }: ClusterObjects) => {
      condition(nodes[0]!.status.conditions, 'Ready').status = 'Unknown';
    };
    const request = { overrides: [override('fitNode')] };
    expect(await check(bench, { change, request })).toMatchObject({
      facts: { candidates: [{ name: 'master-0', reason: 'overridden although not Ready' }] },
    });
    await expect(check(bench, { request: { ...request, node: 'master-7' } })).rejects.toMatchObject(
      {
        type: 'GuardRefused',
        message: expect.stringContaining('node master-7 is not there'),
      },
    );
  });

  test('notes the proxy and the ConfigMap of its authorities, never its URLs', async () => {
    const change = ({ proxy }: ClusterObjects) => {
      proxy.status = { httpsProxy: 'http://user:hunter2@proxy.example.com:3128' };
      proxy.spec.trustedCA.name = 'user-ca-bundle';
    };
    const ready = await check(bench, { change });
    expect(ready).toMatchObject({ facts: { proxyEnabled: true, trustedCA: 'user-ca-bundle' } });
    expect(JSON.stringify(ready)).not.toMatch(/hunter2|proxy\.example/);
  });

  test('warns of what a person should know although nothing refuses', async () => {
    const change = ({ clusterVersion, etcd }: ClusterObjects) => {
      clusterVersion.status.history[0]!.version = '4.99.1';
      const degraded = condition(etcd.status.conditions, 'EtcdMembersDegraded');
      Object.assign(degraded, { status: 'True', message: '1 of 3 members is unhealthy' });
    };
    expect(await check(bench, { change })).toMatchObject({
      outcome: 'ready',
      facts: {
        warnings: expect.arrayContaining([
          expect.stringContaining('OpenShift 4.99.1 is newer than'),
          "etcd's operator says EtcdMembersDegraded True: 1 of 3 members is unhealthy",
        ]),
      },
    });
  });

  test('finds out that a store is not there', async () => {
    await rm(bench.stores.vault, { recursive: true });
    await expect(check(bench)).rejects.toMatchObject({ type: 'StoreUnavailable' });
  });
});

describe('an override', () => {
  const bench = useSteps();

  test('of a guard that does not exist is refused before the cluster is asked, with a suggestion', async () => {
    const before = bench.cluster.requests.length;
    const request = { overrides: [override('fitnode'), override('freeSpace')] };
    await expect(check(bench, { request })).rejects.toMatchObject({
      type: 'ConfigInvalid',
      message: expect.stringMatching(
        /no guard fitnode to override; did you mean fitNode\? .*topology, .*apiUnavailable, tools, /,
      ),
    });
    expect(bench.cluster.requests.length).toBe(before);
  });

  test('without a reason is refused', async () => {
    const request = { overrides: [{ guard: 'fitNode', reason: ' ' }] };
    await expect(check(bench, { request })).rejects.toMatchObject({
      type: 'ConfigInvalid',
      message: expect.stringContaining('the override of fitNode gives no reason'),
    });
  });
});

describe('a worker without rights', () => {
  const bench = useSteps();

  test('is told every one that is missing, at once', async () => {
    bench.cluster.faults.api({ fault: 'deny', resource: 'proxies' });
    bench.cluster.faults.api({ fault: 'deny', resource: 'nodes' });
    bench.cluster.faults.api({ fault: 'deny', resource: 'pods', verb: 'list' });
    await expect(check(bench)).rejects.toMatchObject({
      type: 'ClusterDenied',
      nonRetryable: true,
      message: expect.stringMatching(
        /(?=.*get proxies\.config\.openshift\.io)(?=.*list nodes)(?=.*list pods in namespace openshift-etcd)/,
      ),
      details: [{ nextStep: expect.stringContaining('etcd-backup rbac demo') }],
    });
  });
});

describe('a cluster whose API does not answer', () => {
  const bench = useSteps();
  const ssh = { access: 'ssh', ssh: { user: 'core', hosts: { 'master-0': '192.0.2.1' } } } as const;
  const overridden = { overrides: [override('apiUnavailable')] };
  const onOwnDisk = { overrides: [...overridden.overrides, override('storesOutside')] };

  test('is not backed up through a debug pod, whatever is overridden', async () => {
    bench.cluster.faults.refuseConnections();
    await expect(check(bench, { request: overridden })).rejects.toMatchObject({
      type: 'ClusterUnreachable',
      nonRetryable: false,
    });
  });

  test('is not backed up over ssh without the override, which the next step names', async () => {
    bench.cluster.faults.refuseConnections();
    await expect(check(bench, { config: ssh })).rejects.toMatchObject({
      type: 'ClusterUnreachable',
      details: [{ nextStep: expect.stringContaining('override apiUnavailable') }],
    });
  });

  test('is backed up over ssh with the override: on the one host, under a lock of the node', async () => {
    bench.cluster.faults.refuseConnections();
    const ready = await check(bench, { config: ssh, request: overridden });
    expect(ready).toMatchObject({
      outcome: 'ready',
      facts: {
        cluster: { name: 'demo' },
        nodes: [],
        candidates: [{ name: 'master-0', reason: expect.stringContaining('ssh.hosts') }],
        guards: expect.arrayContaining([
          {
            guard: 'fitNode',
            outcome: 'notEvaluated',
            evidence: "the cluster's API did not answer",
          },
          {
            guard: 'apiUnavailable',
            outcome: 'overridden',
            evidence: expect.stringMatching(/the cluster's API: .*overridden: drill 7$/),
          },
        ]),
        warnings: [expect.stringContaining('is told not to ask')],
      },
      policy: { access: 'ssh', mutex: 'nodeLock', forceScript: true },
    });
    const passed = ready.outcome === 'ready' ? ready.facts.guards : [];
    expect(passed.filter(({ outcome }) => outcome === 'passed').map(({ guard }) => guard)).toEqual([
      'quietHours',
      'debugNamespace',
      'separateStores',
      'storesOutside',
    ]);
  });

  test.each([
    ['named in the request', { ...overridden, node: 'master-0' }, { ...ssh, node: 'master-1' }],
    ['named in the configuration', overridden, { ...ssh, node: 'master-1' }],
    ['the worker runs on it', onOwnDisk, { access: 'local' }],
  ] as const)('is backed up on the node that is %s', async (reason, request, config) => {
    bench.cluster.faults.refuseConnections();
    expect(await check(bench, { request, config })).toMatchObject({
      facts: { candidates: [{ reason: expect.stringContaining(reason) }] },
    });
  });

  test('is not backed up where nobody says on which node', async () => {
    bench.cluster.faults.refuseConnections();
    const hosts = { 'master-0': '192.0.2.1', 'master-1': '192.0.2.2' };
    const config = { ...ssh, ssh: { user: 'core', hosts } };
    await expect(check(bench, { config, request: overridden })).rejects.toMatchObject({
      type: 'ConfigInvalid',
      message: expect.stringContaining('hosts under ssh.hosts: master-0, master-1'),
    });
  });

  test('but that answers after all is asked as ever', async () => {
    expect(await check(bench, { config: ssh, request: overridden })).toMatchObject({
      outcome: 'ready',
      facts: { openshiftVersion: '4.16.20', warnings: [] },
      policy: { mutex: 'lease' },
    });
  });
});
