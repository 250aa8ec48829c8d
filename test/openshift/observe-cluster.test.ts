import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { clusterApi } from '../../src/kubernetes/api.ts';
import { describePermission, observeCluster } from '../../src/openshift/observe-cluster.ts';
import { NotObserved } from '../../src/openshift/observed-cluster.ts';
import { condition, signerBundle, startStandInCluster } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';

const observe = async ({ kubeconfigPath }: StandInCluster) =>
  await observeCluster(
    clusterApi({ kubeconfig: { file: kubeconfigPath } }),
    'etcd-backup',
    new AbortController().signal,
  );

describe('a cluster of 4.16', () => {
  let cluster: StandInCluster;
  beforeAll(async () => {
    cluster = await startStandInCluster({ nodes: 3 });
  });
  afterAll(async () => await cluster?.close());
  beforeEach(() => cluster.faults.removeAll());

  test('is read whole, with reads only', async () => {
    const before = cluster.requests.length;
    const { observed, denials } = await observe(cluster);
    expect(denials).toEqual([]);
    expect(observed).toMatchObject({
      version: {
        openshiftVersion: '4.16.20',
        installedAt: new Date(cluster.objects.clusterVersion.metadata.creationTimestamp),
      },
      infrastructure: { infrastructureName: 'stand-in-7x2kq', topology: 'HighlyAvailable' },
      networks: { pods: ['10.128.0.0/14'], services: ['172.30.0.0/16'] },
      ingressDomain: 'apps.stand-in.example.com',
      baseDomain: 'stand-in.example.com',
      proxy: { isEnabled: false },
      encryptionType: 'identity',
      kubeApiServer: { latestRevision: 7 },
      etcd: { latestRevision: 7 },
      pendingNodeRequests: [],
    });
    expect(observed.operators.map(({ name }) => name)).toEqual([
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
    ]);
    expect(observed.nodes.map(({ name }) => name)).toEqual(['master-0', 'master-1', 'master-2']);
    expect(observed.etcdPods.map(({ isReady }) => isReady)).toEqual([true, true, true]);
    const verbs = cluster.requests.slice(before).map(({ verb }) => verb);
    expect(new Set(verbs)).toEqual(new Set(['get', 'list']));
    const resources = cluster.requests.slice(before).map(({ resource }) => resource);
    expect(resources).not.toContain('secrets');
  });

  test('has signers whose certificates are read from the ConfigMap, and nothing but what is public', async () => {
    const [notBefore, notAfter] = [
      new Date('2026-01-01T00:00:00Z'),
      new Date('2026-03-01T00:00:00Z'),
    ];
    const signers = cluster.objects.configMaps.find(
      ({ metadata }) => metadata.name === 'csr-controller-ca',
    );
    signers!.data = { 'ca-bundle.crt': await signerBundle([{ notBefore, notAfter }]) };
    const { observed } = await observe(cluster);
    expect(observed.signers).toEqual([
      {
        subject: expect.stringMatching(/^CN=kube-csr-signer_@\d+$/),
        notBefore: notBefore.toISOString(),
        notAfter: notAfter.toISOString(),
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    signers!.data = {
      'ca-bundle.crt': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
    };
    await expect(observe(cluster)).rejects.toMatchObject({
      type: 'GuardRefused',
      message: expect.stringContaining('no certificate'),
    });
    signers!.data = {};
    expect((await observe(cluster)).observed.signers).toBeUndefined();
  });

  test('has a proxy without its URLs, and the name of its authorities', async () => {
    const { proxy } = cluster.objects;
    proxy.status = { httpProxy: 'http://user:secret@proxy.example.com:3128' };
    proxy.spec = { trustedCA: { name: 'user-ca-bundle' } };
    const { observed } = await observe(cluster);
    expect(observed.proxy).toEqual({ isEnabled: true, trustedCA: 'user-ca-bundle' });
    expect(JSON.stringify(observed)).not.toContain('secret@');
    Object.assign(proxy, { status: {}, spec: { trustedCA: { name: '' } } });
  });

  test('is updating while its newest rollout is partial, and is still of the last whole one', async () => {
    const { status } = cluster.objects.clusterVersion;
    const { desired, history } = status;
    const [done] = history;
    status.desired = { version: '4.16.21', image: 'quay.io/x@sha256:1' };
    status.history = [
      { ...done!, state: 'Partial', version: '4.16.21', completionTime: null },
      ...history,
    ];
    expect((await observe(cluster)).observed.version).toMatchObject({
      openshiftVersion: '4.16.20',
      updatingTo: '4.16.21',
    });
    Object.assign(status, { desired, history });
    condition(status.conditions, 'Progressing').status = 'True';
    expect((await observe(cluster)).observed.version.updatingTo).toBe('4.16.20');
    condition(status.conditions, 'Progressing').status = 'False';
  });

  test('has node certificate requests that nobody has approved or denied', async () => {
    const request = (name: string, signerName: string, conditions?: { type: string }[]) => ({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: {
        name,
        uid: name,
        resourceVersion: '1',
        creationTimestamp: '2026-01-01T00:00:00Z',
      },
      spec: { request: '', signerName, usages: [], username: 'system:node:master-0' },
      status: conditions === undefined ? {} : { conditions },
    });
    cluster.objects.certificateSigningRequests = [
      request('csr-serving', 'kubernetes.io/kubelet-serving'),
      request('csr-client', 'kubernetes.io/kube-apiserver-client-kubelet'),
      request('csr-approved', 'kubernetes.io/kubelet-serving', [{ type: 'Approved' }]),
      request('csr-denied', 'kubernetes.io/kubelet-serving', [{ type: 'Denied' }]),
      request('csr-of-a-person', 'kubernetes.io/kube-apiserver-client'),
    ];
    const { observed } = await observe(cluster);
    expect(observed.pendingNodeRequests).toEqual(['csr-client', 'csr-serving']);
    cluster.objects.certificateSigningRequests = [];
  });

  test('has control plane nodes by either label, and no arbiter among them', async () => {
    const [first, second, third] = cluster.objects.nodes;
    const labels = cluster.objects.nodes.map(({ metadata }) => ({ ...metadata.labels }));
    first!.metadata.labels = { 'node-role.kubernetes.io/control-plane': '' };
    second!.metadata.labels = { 'node-role.kubernetes.io/master': '' };
    third!.metadata.labels = {
      'node-role.kubernetes.io/master': '',
      'node-role.kubernetes.io/arbiter': '',
    };
    const { observed } = await observe(cluster);
    expect(observed.nodes.map(({ name }) => name)).toEqual(['master-0', 'master-1']);
    for (const [index, own] of labels.entries())
      cluster.objects.nodes[index]!.metadata.labels = own;
  });

  test('that denies some reads is read as far as it lets one, and every missing right is listed', async () => {
    cluster.faults.api({ fault: 'deny', resource: 'proxies' });
    cluster.faults.api({ fault: 'deny', resource: 'nodes' });
    cluster.faults.api({ fault: 'deny', resource: 'clusteroperators', name: 'etcd' });
    const { observed, denials } = await observe(cluster);
    expect(denials.map(describePermission).sort()).toEqual([
      'get clusteroperators.config.openshift.io/etcd',
      'get proxies.config.openshift.io/cluster',
      'list nodes',
    ]);
    expect(observed.version.openshiftVersion).toBe('4.16.20');
    expect(() => observed.nodes).toThrow(new NotObserved('list nodes was denied'));
    expect(() => observed.operators).toThrow(NotObserved);
  });

  test('that does not know the credentials denies no single right', async () => {
    cluster.faults.api({ fault: 'status', status: 401 });
    await expect(observe(cluster)).rejects.toMatchObject({ type: 'ClusterDenied' });
  });

  test('that fails one read is not half read', async () => {
    cluster.faults.api({ fault: 'status', status: 503, resource: 'networks' });
    await expect(observe(cluster)).rejects.toMatchObject({ type: 'ClusterUnreachable' });
  });
});

describe('a cluster of 4.3', () => {
  let cluster: StandInCluster;
  beforeAll(async () => {
    cluster = await startStandInCluster({ nodes: 3, version: '4.3.40' });
  });
  afterAll(async () => await cluster?.close());

  test('has no operator of etcd, no topology, and members under their old label', async () => {
    const { observed, denials } = await observe(cluster);
    expect(denials).toEqual([]);
    expect(observed.operators.map(({ name }) => name)).toEqual([
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
    ]);
    expect(observed.etcd).toBeUndefined();
    expect(observed.infrastructure.topology).toBeUndefined();
    expect(observed.etcdPods.map(({ nodeName }) => nodeName)).toEqual([
      'master-0',
      'master-1',
      'master-2',
    ]);
    expect(observed.etcdPods.every(({ image }) => image?.includes('@sha256:'))).toBe(true);
  });

  test('has certificate requests without a signer, told by who asks', async () => {
    const request = (name: string, username: string) => ({
      apiVersion: 'certificates.k8s.io/v1beta1',
      kind: 'CertificateSigningRequest',
      metadata: {
        name,
        uid: name,
        resourceVersion: '1',
        creationTimestamp: '2026-01-01T00:00:00Z',
      },
      spec: { request: '', signerName: '', usages: [], username },
      status: {},
    });
    cluster.objects.certificateSigningRequests = [
      request('csr-serving', 'system:node:master-0'),
      request(
        'csr-client',
        'system:serviceaccount:openshift-machine-config-operator:node-bootstrapper',
      ),
      request('csr-of-a-person', 'kube:admin'),
    ];
    const { observed } = await observe(cluster);
    expect(observed.pendingNodeRequests).toEqual(['csr-client', 'csr-serving']);
  });
});
