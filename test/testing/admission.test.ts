import { afterAll, beforeAll, expect, test } from 'vitest';

import { named, startStandInCluster } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';
import { clients, debugPod } from './clients.ts';

let cluster: StandInCluster;

beforeAll(async () => {
  cluster = await startStandInCluster();
});
afterAll(async () => await cluster.close());

const create = async (name: string) =>
  await clients(cluster).core.createNamespacedPod({
    namespace: cluster.namespace,
    body: debugPod(cluster, name),
  });

test('a privileged pod is refused to a client that may not use the constraint', async () => {
  const resource = 'securitycontextconstraints';
  const denial = cluster.faults.api({ fault: 'deny', verb: 'use', resource, name: 'privileged' });
  await expect(create('refused')).rejects.toMatchObject({
    code: 403,
    body: expect.stringContaining('unable to validate against any security context constraint'),
  });
  denial.remove();
  await expect(create('allowed')).resolves.toMatchObject({ kind: 'Pod' });
});

test('a privileged pod is refused by a namespace that enforces another level', async () => {
  const { labels = {} } = named(cluster.objects.namespaces, cluster.namespace).metadata;
  labels['pod-security.kubernetes.io/enforce'] = 'restricted';
  await expect(create('violates')).rejects.toMatchObject({
    code: 403,
    body: expect.stringContaining('violates PodSecurity'),
  });
  labels['pod-security.kubernetes.io/enforce'] = 'privileged';
  await expect(create('fits')).resolves.toMatchObject({ kind: 'Pod' });
});
