import { expect, test } from 'vitest';

import { nodeAccess } from '../../src/config/node-access.ts';
import { defineConfig } from '../../src/config/parse.ts';
import type { Access } from '../../src/contracts/index.ts';
import type { ClusterApi } from '../../src/kubernetes/api.ts';
import { nodeVisit } from '../../src/node/node-visit.ts';

const { signal } = new AbortController();
const run = { name: 'abcdefghijkl', cluster: 'prod' };
const visitOf = (access: Access, nodeName: string, more: { readonly etcdImage?: string } = {}) =>
  nodeVisit({ run, nodeName, policy: { access, namespace: 'etcd-backup' }, ...more });

/** The access of a cluster whose API must not be asked. */
function accessOf(access: Access) {
  const { clusters } = defineConfig({
    clusters: {
      prod: {
        kubeconfig: { file: '/nowhere' },
        access,
        stores: { snapshot: 'primary', staticKubeResources: 'primary' },
      },
    },
    stores: { primary: { directory: '/nowhere' } },
  });
  const unasked = async (): Promise<never> => await Promise.reject(new Error('the API was asked'));
  const api: ClusterApi = {
    readObject: unasked,
    listObjects: unasked,
    createObject: unasked,
    replaceObject: unasked,
    deleteObject: unasked,
    now: () => new Date(),
  };
  const cluster = clusters['prod'];
  if (cluster === undefined) throw new Error('no cluster');
  return nodeAccess(cluster, api);
}

test('a visit without a take has a pod of its own, which a cleanup knows by its labels, and which ends soon', () => {
  const image = 'quay.test/etcd@sha256:0';
  expect(visitOf('debugPod', 'master-0', { etcdImage: image })).toEqual({
    run,
    policy: { access: 'debugPod', namespace: 'etcd-backup' },
    take: { number: 1, nodeName: 'master-0' },
    session: {
      namespace: 'etcd-backup',
      podName: 'etcd-backup-abcdefghijkl-1',
      nodeName: 'master-0',
      image,
      activeDeadlineSeconds: 900,
    },
  });
  expect(visitOf('ssh', 'master-0', { etcdImage: image })).not.toHaveProperty('session');
});

test('a debug pod needs an image, which is said before anything is asked of the cluster', async () => {
  const access = accessOf('debugPod');
  await expect(access.open(visitOf('debugPod', 'master-0'), signal)).rejects.toMatchObject({
    type: 'ConfigInvalid',
    message: expect.stringContaining('no image is known for the pod'),
  });
});

test('a worker with access local reaches no other node, and leaves nothing to end there', async () => {
  const access = accessOf('local');
  await expect(access.open(visitOf('local', 'other-node'), signal)).rejects.toMatchObject({
    type: 'NodeUnfit',
    nonRetryable: true,
  });
  await expect(access.end(visitOf('local', 'other-node'), signal)).resolves.toBeUndefined();
});

test('over ssh a node is reached by its name where the API does not say its address, and nothing is left to end', async () => {
  const access = accessOf('ssh');
  const shell = await access.open(visitOf('ssh', 'node.invalid'), signal);
  expect(shell.nodeName).toBe('node.invalid');
  await expect(access.end(visitOf('ssh', 'node.invalid'), signal)).resolves.toBeUndefined();
});
