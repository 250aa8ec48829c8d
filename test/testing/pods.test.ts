import { Watch } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startStandInCluster, waitUntil } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';
import { clients, debugPod, exec, kubeConfig, runPod } from './clients.ts';

let cluster: StandInCluster;

beforeAll(async () => {
  cluster = await startStandInCluster();
});
afterAll(async () => await cluster.close());

const read = async (name: string) =>
  await clients(cluster).core.readNamespacedPod({ namespace: cluster.namespace, name });

const remove = async (name: string, gracePeriodSeconds?: number) =>
  await clients(cluster).core.deleteNamespacedPod({
    namespace: cluster.namespace,
    name,
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
  });

const gone = async (name: string) =>
  await waitUntil(`${name} gone`, async () =>
    (await read(name).catch((error: { code: number }) => error.code)) === 404 ? true : undefined,
  );

test('a pod that names a node is pending, then runs, with the image it asked for', async () => {
  const { core } = clients(cluster);
  const body = debugPod(cluster, 'running');
  const created = await core.createNamespacedPod({ namespace: cluster.namespace, body });
  expect(created.status?.phase).toBe('Pending');
  const running = await waitUntil('running', async () => {
    const pod = await read('running');
    return pod.status?.phase === 'Running' ? pod : undefined;
  });
  const [status] = running.status?.containerStatuses ?? [];
  expect(status).toMatchObject({ name: 'container-00', ready: true, imageID: status?.image });
  expect(status?.state?.running?.startedAt).toBeInstanceOf(Date);
  expect(Number(running.metadata?.resourceVersion)).toBeGreaterThan(
    Number(created.metadata?.resourceVersion),
  );
});

test('a name is taken once', async () => {
  const { core } = clients(cluster);
  const body = debugPod(cluster, 'twice');
  await core.createNamespacedPod({ namespace: cluster.namespace, body });
  await expect(
    core.createNamespacedPod({ namespace: cluster.namespace, body }),
  ).rejects.toMatchObject({
    code: 409,
    body: expect.stringContaining('pods \\"twice\\" already exists'),
  });
});

test.each([
  ['a name that is no DNS name', { name: 'No_Name' }, 'RFC 1123'],
  [
    'a label value with a slash',
    { name: 'label', labels: { run: 'etcd-backup/prod' } },
    'valid label',
  ],
  [
    'a label value of 64 characters',
    { name: 'label', labels: { run: 'a'.repeat(64) } },
    '63 characters',
  ],
])('%s is invalid', async (_, metadata, problem) => {
  const { core } = clients(cluster);
  const { spec } = debugPod(cluster, 'invalid');
  const body = { metadata, ...(spec && { spec }) };
  await expect(
    core.createNamespacedPod({ namespace: cluster.namespace, body }),
  ).rejects.toMatchObject({
    code: 422,
    body: expect.stringContaining(problem),
  });
});

test('a pod whose image is not on the node waits for it', async () => {
  const pod = debugPod(cluster, 'no-image');
  const [container] = pod.spec?.containers ?? [];
  if (container) container.image = 'quay.io/nowhere/tools:latest';
  const { core } = clients(cluster);
  await core.createNamespacedPod({ namespace: cluster.namespace, body: pod });
  const { status } = await read('no-image');
  expect(status?.phase).toBe('Pending');
  expect(status?.containerStatuses?.[0]?.state?.waiting).toEqual({
    reason: 'ImagePullBackOff',
    message: 'Back-off pulling image "quay.io/nowhere/tools:latest"',
  });
});

test('a pod for a node that does not exist stays pending', async () => {
  const { core } = clients(cluster);
  const body = debugPod(cluster, 'no-node', { nodeName: 'master-7' });
  await core.createNamespacedPod({ namespace: cluster.namespace, body });
  expect((await read('no-node')).status?.phase).toBe('Pending');
  await remove('no-node');
  await gone('no-node');
});

test.each([
  ['succeeds', 'true', 'Succeeded', { exitCode: 0, reason: 'Completed' }],
  ['fails', 'exit 3', 'Failed', { exitCode: 3, reason: 'Error' }],
])('a pod whose command %s ends with its exit code', async (word, script, phase, terminated) => {
  const pod = debugPod(cluster, `ends-${word}`);
  const [container] = pod.spec?.containers ?? [];
  if (container) container.command = ['sh', '-c', script];
  const { status } = await runPod(cluster, pod, phase);
  expect(status?.containerStatuses?.[0]?.state?.terminated).toMatchObject(terminated);
});

test('a pod fails when its deadline has passed, and its processes are dead', async () => {
  const pod = debugPod(cluster, 'deadline', { activeDeadlineSeconds: 1 });
  const { status } = await runPod(cluster, pod, 'Failed');
  expect(status).toMatchObject({
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
  });
  expect(status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(137);
});

test('a deleted pod gets SIGTERM and its grace before it is gone', async () => {
  const pod = debugPod(cluster, 'graceful');
  const [container] = pod.spec?.containers ?? [];
  const script = 'trap "sleep 0.2; echo bye >/host/tmp/graceful; exit" TERM; sleep infinity & wait';
  if (container) container.command = ['sh', '-c', script];
  await runPod(cluster, pod);
  const deleting = await remove('graceful');
  expect(deleting.metadata?.deletionTimestamp).toBeInstanceOf(Date);
  expect(deleting.metadata?.deletionGracePeriodSeconds).toBe(30);
  await gone('graceful');
  expect(await cluster.node().readFile('/tmp/graceful')).toBe('bye\n');
});

test('a pod that ignores SIGTERM is killed when its grace is over', async () => {
  const pod = debugPod(cluster, 'stubborn');
  const [container] = pod.spec?.containers ?? [];
  if (container) container.command = ['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'];
  await runPod(cluster, pod);
  expect((await remove('stubborn', 1)).metadata?.deletionGracePeriodSeconds).toBe(1);
  await gone('stubborn');
});

test('a pod that is deleted while it starts is gone with its processes, and takes no later one along', async () => {
  const { core } = clients(cluster);
  for (let round = 0; round < 10; round += 1) {
    const body = debugPod(cluster, 'hasty');
    const [container] = body.spec?.containers ?? [];
    if (container) container.command = ['sleep', '9797'];
    await core.createNamespacedPod({ namespace: cluster.namespace, body });
    await remove('hasty');
    await gone('hasty');
    const processes = 'cat /proc/[0-9]*/cmdline | tr "\\0" " "';
    const { stdout } = await cluster.node().run(['sh', '-c', processes]);
    expect(stdout).not.toContain('sleep 9797');
    await runPod(cluster, debugPod(cluster, 'unhurried'));
    await remove('unhurried');
    await gone('unhurried');
  }
});

test('without a grace the object is gone at once', async () => {
  await runPod(cluster, debugPod(cluster, 'abrupt'));
  await remove('abrupt', 0);
  await expect(read('abrupt')).rejects.toMatchObject({ code: 404 });
});

// The first kill waits until it may go on.
const heldKill = `#!/bin/sh
case "$*" in *kill-container.sh*)
  if mkdir /tmp/held 2>/dev/null; then
    until [ -e /tmp/go-on ]; do sleep 0.01; done
    /usr/bin/bash "$@"
    touch /tmp/killed
    exit
  fi
esac
exec /usr/bin/bash "$@"
`;

test('a pod whose processes are killed late takes no later one along', async () => {
  const node = cluster.node();
  const body = debugPod(cluster, 'late');
  const [container] = body.spec?.containers ?? [];
  if (container) container.command = ['sleep', '9696'];
  await runPod(cluster, body);
  await node.writeFile('/usr/local/bin/bash', heldKill, 0o755);
  await remove('late', 0);
  const runs = 'cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -q "[s]leep 9696"';
  await waitUntil('the end of its command', async () =>
    (await node.run(['sh', '-c', runs])).exitCode === 1 ? true : undefined,
  );
  await runPod(cluster, debugPod(cluster, 'later'));
  await node.run(['touch', '/tmp/go-on']);
  await waitUntil('the late kill', async () =>
    (await node.run(['test', '-e', '/tmp/killed'])).exitCode === 0 ? true : undefined,
  );
  expect((await read('later')).status?.phase).toBe('Running');
  await node.run(['rm', '/usr/local/bin/bash']);
});

test('a delete that means another pod of the same name deletes nothing', async () => {
  await runPod(cluster, debugPod(cluster, 'other'));
  const { core } = clients(cluster);
  const body = { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } };
  await expect(
    core.deleteNamespacedPod({ namespace: cluster.namespace, name: 'other', body }),
  ).rejects.toMatchObject({ code: 409, body: expect.stringContaining('UID in precondition') });
  expect((await read('other')).status?.phase).toBe('Running');
});

test('an evicted pod stays as failed, and what it had detached is dead', async () => {
  await runPod(cluster, debugPod(cluster, 'evicted'));
  const detach = 'setsid nohup sleep 4242 >/dev/null 2>&1 </dev/null & echo $!';
  const { stdout } = await exec(cluster, { pod: 'evicted' }, [
    'chroot',
    '/host',
    'sh',
    '-c',
    detach,
  ]);
  const pid = stdout.toString().trim();
  expect(await cluster.node().readFile(`/proc/${pid}/cmdline`)).toContain('4242');
  await cluster.faults.killPod(cluster.namespace, 'evicted', 'Evicted');
  expect((await read('evicted')).status).toMatchObject({ phase: 'Failed', reason: 'Evicted' });
  expect((await cluster.node().run(['test', '-e', `/proc/${pid}`])).exitCode).toBe(1);
});

test('a watch from a list misses nothing that came after it', async () => {
  const { core } = clients(cluster);
  const { namespace } = cluster;
  const { metadata } = await core.listNamespacedPod({ namespace, labelSelector: 'app=watched' });
  await runPod(cluster, debugPod(cluster, 'watched'));
  await remove('watched', 0);
  const seen: string[] = [];
  const deleted = Promise.withResolvers<void>();
  const query = { labelSelector: 'app=watched', resourceVersion: metadata?.resourceVersion };
  const controller = await new Watch(kubeConfig(cluster)).watch(
    `/api/v1/namespaces/${namespace}/pods`,
    query,
    (type: string) => {
      seen.push(type);
      if (type === 'DELETED') deleted.resolve();
    },
    () => {},
  );
  await deleted.promise;
  controller.abort();
  expect([seen[0], seen.at(-1)]).toEqual(['ADDED', 'DELETED']);
});
