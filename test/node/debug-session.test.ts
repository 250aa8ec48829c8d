import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { clusterApi } from '../../src/kubernetes/api.ts';
import type { ClusterApi } from '../../src/kubernetes/api.ts';
import { debugPod } from '../../src/node/debug-pod.ts';
import { debugSession } from '../../src/contracts/debug-session.ts';
import { endDebugPod, ensureDebugPod } from '../../src/node/debug-session.ts';
import { startStandInCluster, waitUntil } from '../../src/testing/index.ts';
import type { Pod, StandInCluster } from '../../src/testing/index.ts';
import { failureOf } from './shell-bench.ts';

const owner = { run: 'abcdefghijkl', cluster: 'prod-eu', take: 1 };
const signal = new AbortController().signal;
const timing = { pollMs: 20, startMs: 25_000, endMs: 25_000 };

let cluster: StandInCluster;
let api: ClusterApi;

beforeAll(async () => {
  cluster = await startStandInCluster();
});
afterAll(async () => await cluster.close());

beforeEach(() => {
  api = clusterApi({ kubeconfig: { file: cluster.kubeconfigPath } });
});
afterEach(async () => {
  cluster.faults.removeAll();
  await endDebugPod(api, session(), owner, { signal, timing });
});

const session = (changed: object = {}) =>
  debugSession(owner, {
    namespace: cluster.namespace,
    nodeName: 'master-0',
    image: cluster.objects.nodes[0]?.status.images[0]?.names[0] ?? '',
    activeDeadlineSeconds: 600,
    ...changed,
  });
const ensure = async (changed: object = {}, more: object = {}) =>
  await ensureDebugPod(api, session(changed), owner, { signal, timing: { ...timing, ...more } });
const end = async () => await endDebugPod(api, session(), owner, { signal, timing });
const ours = (): readonly Pod[] =>
  cluster.objects.pods.filter(({ metadata }) => metadata.name === session().podName);
const uid = () => ours()[0]?.metadata.uid;

describe('ensuring the debug pod', () => {
  test('makes one that runs, and adopts it ever after', async () => {
    await ensure();
    expect(ours()).toMatchObject([{ status: { phase: 'Running' } }]);
    const first = uid();
    await ensure();
    expect(uid()).toBe(first);
  });

  test('at once from several attempts makes one', async () => {
    await Promise.all([ensure(), ensure(), ensure()]);
    expect(ours()).toMatchObject([{ status: { phase: 'Running' } }]);
  });

  test('succeeds although the answer to its creation was lost', async () => {
    cluster.faults.api({ fault: 'loseAnswer', verb: 'create', resource: 'pods', times: 1 });
    await expect(ensure()).rejects.toMatchObject({ type: 'ClusterUnreachable' });
    const first = await waitUntil('the pod', () => Promise.resolve(uid()));
    await ensure();
    expect(uid()).toBe(first);
  });

  test.each(['Evicted', 'DeadlineExceeded'] as const)('replaces one that is %s', async (reason) => {
    await ensure();
    const first = uid();
    await cluster.faults.killPod(cluster.namespace, session().podName, reason);
    await ensure();
    expect(ours()).toMatchObject([{ status: { phase: 'Running' } }]);
    expect(uid()).not.toBe(first);
  });

  test('waits for the end of one that is being deleted, then makes its own', async () => {
    await ensure();
    const first = uid();
    const pods = { group: '', version: 'v1', plural: 'pods', namespace: cluster.namespace };
    await api.deleteObject({ ...pods, name: session().podName }, {}, signal);
    await ensure();
    expect(uid()).not.toBe(first);
  });

  test('leaves a pod of the same name that is not ours alone', async () => {
    const pods = { group: '', version: 'v1', plural: 'pods', namespace: cluster.namespace };
    const foreign = { ...owner, run: 'zzzzzzzzzzzz' };
    await api.createObject(pods, debugPod(session(), foreign), signal);
    const first = uid();
    await expect(ensure()).rejects.toMatchObject({
      type: 'DebugPodRejected',
      nonRetryable: true,
      message: expect.stringContaining('not of run abcdefghijkl'),
    });
    await end();
    expect(uid()).toBe(first);
    await endDebugPod(api, session(), foreign, { signal, timing });
  });

  test('says why admission refused it', async () => {
    const said = 'pods "x" is forbidden: violates PodSecurity "restricted:latest": privileged';
    cluster.faults.api({
      fault: 'status',
      status: 403,
      reason: 'Forbidden',
      message: said,
      verb: 'create',
      resource: 'pods',
    });
    await expect(ensure()).rejects.toMatchObject({
      type: 'DebugPodRejected',
      nonRetryable: true,
      message: expect.stringContaining(said),
    });
  });

  test('without the right to names the right', async () => {
    cluster.faults.api({ fault: 'deny', verb: 'create', resource: 'pods' });
    await expect(ensure()).rejects.toMatchObject({
      type: 'ClusterDenied',
      details: [
        { nextStep: "Grant create on pods in namespace etcd-backup to the worker's user." },
      ],
    });
  });

  test('in a namespace that is not there says so', async () => {
    await expect(ensure({ namespace: 'nowhere' })).rejects.toMatchObject({
      type: 'ConfigInvalid',
      message: expect.stringContaining('namespace nowhere is not there'),
    });
  });

  test('on a node that is not there says so and makes nothing', async () => {
    await expect(ensure({ nodeName: 'master-9' })).rejects.toMatchObject({
      type: 'NodeUnreachable',
      message: expect.stringContaining('its node is not in the cluster'),
    });
    expect(ours()).toEqual([]);
  });

  test('with an image that the node cannot get names the reason and nothing else', async () => {
    const error = await failureOf(ensure({ image: 'quay.test/none@sha256:0' }));
    expect(error).toMatchObject({
      type: 'NodeUnreachable',
      nonRetryable: false,
      message: expect.stringContaining('debug pod: ImagePullBackOff, expected Running'),
    });
    expect(JSON.stringify(error)).not.toContain('quay.test');
  });

  test('on a node that does not answer gives up in time', async () => {
    await cluster.node().stop();
    await expect(ensure({}, { startMs: 100 })).rejects.toMatchObject({
      type: 'NodeUnreachable',
      nonRetryable: false,
      message: expect.stringContaining('after 0.1 seconds, expected Running [node=master-0'),
    });
    await cluster.node().start();
    await ensure();
    expect(ours()).toMatchObject([{ status: { phase: 'Running' } }]);
  });

  test('ends with the reason of an aborted signal', async () => {
    await cluster.node().stop();
    const abort = new AbortController();
    const reason = new Error('cancelled');
    const ensuring = ensureDebugPod(api, session(), owner, {
      signal: abort.signal,
      timing: { pollMs: 60_000 },
    });
    const aborted = failureOf(ensuring);
    await waitUntil('the pod', () => Promise.resolve(uid()));
    abort.abort(reason);
    expect(await aborted).toBe(reason);
    await cluster.node().start();
  });
});

describe('ending the debug pod', () => {
  test('returns once it is gone, and may be repeated', async () => {
    await ensure();
    await end();
    expect(ours()).toEqual([]);
    await end();
    expect(ours()).toEqual([]);
  });

  test('on a node that does not confirm says so, and succeeds when it is back', async () => {
    await ensure();
    await cluster.node().stop();
    await expect(
      endDebugPod(api, session(), owner, { signal, timing: { ...timing, endMs: 100 } }),
    ).rejects.toMatchObject({
      type: 'NodeUnreachable',
      nonRetryable: false,
      message: expect.stringContaining('still there 0.1 seconds after its deletion'),
    });
    await cluster.node().start();
    await end();
    expect(ours()).toEqual([]);
  });
});
