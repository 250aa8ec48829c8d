import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';

import { Exec } from '@kubernetes/client-node';
import type { V1Status } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { startStandInCluster, waitUntil } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';
import { bytesOf, debugPod, exec, kubeConfig, openExec, runPod } from './clients.ts';

let cluster: StandInCluster;
const pod = 'shell';
const v4 = ['v4.channel.k8s.io'];

beforeAll(async () => {
  cluster = await startStandInCluster();
  await runPod(cluster, debugPod(cluster, pod));
});
afterEach(() => cluster.faults.removeAll());
afterAll(async () => await cluster.close());

test('the official client runs a command with stdin and gets its output and exit code', async () => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const status = Promise.withResolvers<V1Status>();
  const command = ['sh', '-c', 'cat; echo problem >&2; exit 7'];
  const client = new Exec(kubeConfig(cluster));
  const { namespace } = cluster;
  await client.exec(
    namespace,
    pod,
    'container-00',
    command,
    stdout,
    stderr,
    stdin,
    false,
    status.resolve,
  );
  stdin.end('through stdin');
  expect(await status.promise).toMatchObject({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: '7' }] },
  });
  expect(await text(stdout)).toBe('through stdin');
  expect(await text(stderr)).toBe('problem\n');
});

test('a command that succeeds ends with Success and 1000, its output in messages of 32 KiB', async () => {
  const result = await exec(cluster, { pod }, ['head', '-c', '1000000', '/dev/zero']);
  expect(result.stdout).toEqual(Buffer.alloc(1_000_000));
  expect(JSON.parse(result.status)).toEqual({ metadata: {}, status: 'Success' });
  expect(result).toMatchObject({ closeCode: 1000, largestMessage: 32 * 1024 + 1, stderr: '' });
});

test('a command killed by a signal ends as a shell would say it', async () => {
  const { status } = await exec(cluster, { pod }, ['sh', '-c', 'kill -KILL $$']);
  expect(JSON.parse(status)).toMatchObject({ details: { causes: [{ message: '137' }] } });
});

test('every argument stays one argument', async () => {
  const odd = ['a b', '$HOME', '*', "'", '"', '', 'ü'];
  const { stdout } = await exec(cluster, { pod }, ['printf', '%s\\n', ...odd]);
  expect(stdout.toString()).toBe(odd.map((word) => `${word}\n`).join(''));
});

test('a command that is not there is an internal error, not an exit code', async () => {
  const { status, stderr } = await exec(cluster, { pod }, ['no-such-command']);
  expect(JSON.parse(status)).toMatchObject({ status: 'Failure', reason: 'InternalError' });
  expect(status).toContain('no-such-command');
  expect(stderr).toBe('');
});

test('the server takes v5 where the client offers it, else v4', async () => {
  const protocols = ['v4.channel.k8s.io', 'v5.channel.k8s.io'];
  expect((await exec(cluster, { pod, protocols }, ['true'])).protocol).toBe('v5.channel.k8s.io');
  expect((await exec(cluster, { pod, protocols: v4 }, ['true'])).protocol).toBe(v4[0]);
  await expect(openExec(cluster, { pod, protocols: ['x'] }, ['true'])).rejects.toMatchObject({
    status: 400,
  });
});

test('a cluster before 4.17 offers v4 only', async () => {
  const old = await startStandInCluster({ execProtocols: ['v4.channel.k8s.io'] });
  try {
    await runPod(old, debugPod(old, pod));
    const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
    expect((await exec(old, { pod, protocols }, ['true'])).protocol).toBe(v4[0]);
  } finally {
    await old.close();
  }
});

test('a pod or container that is not there is refused before the connection opens', async () => {
  await expect(openExec(cluster, { pod: 'nobody' }, ['true'])).rejects.toMatchObject({
    status: 404,
    body: expect.stringContaining('pods \\"nobody\\" not found'),
  });
  await expect(openExec(cluster, { pod, container: 'other' }, ['true'])).rejects.toMatchObject({
    status: 400,
    body: expect.stringContaining('container other is not valid for pod shell'),
  });
});

test('a pod that has ended is refused: in a status by v5, by an HTTP 500 by v4', async () => {
  const ended = debugPod(cluster, 'ended');
  const [container] = ended.spec?.containers ?? [];
  if (container) container.command = ['true'];
  await runPod(cluster, ended, 'Succeeded');
  const { status, closeCode } = await exec(cluster, { pod: 'ended' }, ['true']);
  expect(JSON.parse(status)).toMatchObject({
    reason: 'InternalError',
    message: expect.stringContaining('container not found ("container-00")'),
  });
  expect(closeCode).toBe(1000);
  await expect(openExec(cluster, { pod: 'ended', protocols: v4 }, ['true'])).rejects.toMatchObject({
    status: 500,
    body: expect.stringContaining('container not found'),
  });
});

test('a client that does not read makes the command wait, and loses nothing', async () => {
  const script = 'head -c 64000000 /dev/zero; echo >/host/tmp/written';
  const { socket, messages, closed } = await openExec(cluster, { pod }, ['sh', '-c', script]);
  socket.pause();
  // Everything that fits into the buffers on the way was written long before this second command ends.
  await exec(cluster, { pod }, ['head', '-c', '64000000', '/dev/zero']);
  expect((await cluster.node().run(['test', '-e', '/tmp/written'])).exitCode).toBe(1);
  socket.resume();
  expect(await closed).toBe(1000);
  expect(bytesOf(messages, 1)).toHaveLength(64_000_000);
});

test('a command outlives its connection until it writes', async () => {
  const script =
    'echo $$; while ! test -e /host/tmp/go; do sleep 0.02; done; echo; echo >/host/tmp/survived';
  const { socket, messages, closed } = await openExec(cluster, { pod }, ['sh', '-c', script]);
  const pid = await waitUntil('its pid', () => bytesOf(messages, 1).toString().trim() || undefined);
  expect(cluster.faults.cutExecs()).toBe(1);
  expect(await closed).toBe(1006);
  socket.terminate();
  const node = cluster.node();
  expect((await node.run(['test', '-e', `/proc/${pid}`])).exitCode).toBe(0);
  await node.writeFile('/tmp/go', '');
  await waitUntil('its end', async () =>
    (await node.run(['test', '-e', `/proc/${pid}`])).exitCode === 1 ? true : undefined,
  );
  expect((await node.run(['test', '-e', '/tmp/survived'])).exitCode).toBe(1);
});

test('what comes for a command that has ended holds nothing up', async () => {
  const script = 'echo $$; read -r line';
  const request = { pod, stdin: '' };
  const { socket, messages, closed } = await openExec(cluster, request, ['sh', '-c', script]);
  const pid = await waitUntil('its pid', () => bytesOf(messages, 1).toString().trim() || undefined);
  // The server's close waits for an answer of the client.
  socket.pause();
  socket.send(Buffer.from('\0\n'));
  const isGone = async () =>
    (await cluster.node().run(['test', '-e', `/proc/${pid}`])).exitCode === 1 ? true : undefined;
  await waitUntil('its end', isGone);
  for (const more of ['\0one', '\0two']) {
    socket.send(Buffer.from(more));
    // It has arrived by the end of this.
    await exec(cluster, { pod }, ['true']);
  }
  socket.resume();
  const isClosed = () => cluster.requests.find(({ command }) => command?.[2] === script)?.closedAt;
  await waitUntil('the end of its connection', isClosed, 10_000);
  expect(await closed).toBe(1000);
});

test('the log has the words of every command', async () => {
  await exec(cluster, { pod }, ['echo', 'a b', 'canary']);
  expect(cluster.requests.at(-1)).toMatchObject({
    verb: 'get',
    resource: 'pods/exec',
    name: pod,
    command: ['echo', 'a b', 'canary'],
    status: 101,
  });
});

test('a command can open its stdin, stdout and stderr by name', async () => {
  const script = 'cat /dev/stdin >/dev/stdout; echo problem >/dev/stderr';
  const result = await exec(cluster, { pod, stdin: 'by name' }, [
    'chroot',
    '/host',
    'sh',
    '-c',
    script,
  ]);
  expect([result.stdout.toString(), result.stderr]).toEqual(['by name', 'problem\n']);
});
