import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { startStandInCluster, waitUntil } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';
import { bytesOf, debugPod, exec, openExec, runPod } from './clients.ts';

let cluster: StandInCluster;
const pod = 'shell';
const zeros = ['head', '-c', '200000', '/dev/zero'];

beforeAll(async () => {
  cluster = await startStandInCluster();
  await runPod(cluster, debugPod(cluster, pod));
});
afterEach(() => cluster.faults.removeAll());
afterAll(async () => await cluster.close());

test('cut: the connection breaks after exactly so many bytes, once', async () => {
  const cut = cluster.faults.exec({ fault: 'cut', afterBytes: 100_001, times: 1 });
  expect(await exec(cluster, { pod }, zeros)).toMatchObject({ closeCode: 1006, status: '' });
  expect(cut.strikes).toBe(1);
  expect((await exec(cluster, { pod }, zeros)).stdout).toHaveLength(200_000);
});

test('cut: without a place it breaks before the first byte', async () => {
  cluster.faults.exec({ fault: 'cut' });
  const { stdout, closeCode } = await exec(cluster, { pod }, zeros);
  expect([stdout.length, closeCode]).toEqual([0, 1006]);
});

test('a fault waits for the command it is meant for', async () => {
  cluster.faults.exec({ fault: 'cut', command: /^dd / });
  expect((await exec(cluster, { pod }, zeros)).closeCode).toBe(1000);
  expect((await exec(cluster, { pod }, ['dd', 'if=/dev/null'])).closeCode).toBe(1006);
});

test('truncate: the rest and the status are missing, the close says all is well', async () => {
  cluster.faults.exec({ fault: 'truncate', afterBytes: 70_000 });
  const { stdout, status, closeCode } = await exec(cluster, { pod }, zeros);
  expect([stdout.length, status, closeCode]).toEqual([70_000, '', 1000]);
});

test('loseStatus: only the status is missing', async () => {
  cluster.faults.exec({ fault: 'loseStatus' });
  const { stdout, status, closeCode } = await exec(cluster, { pod }, zeros);
  expect([stdout.length, status, closeCode]).toEqual([200_000, '', 1000]);
});

test('corrupt: one bit of one byte is wrong', async () => {
  cluster.faults.exec({ fault: 'corrupt', afterBytes: 150_000 });
  const { stdout, status } = await exec(cluster, { pod }, zeros);
  expect([...stdout.entries()].filter(([, byte]) => byte !== 0)).toEqual([[150_000, 1]]);
  expect(JSON.parse(status)).toMatchObject({ status: 'Success' });
});

test('garble: a stretch of bytes is others', async () => {
  cluster.faults.exec({ fault: 'garble', afterBytes: 150_000, bytes: 3 });
  const { stdout } = await exec(cluster, { pod }, zeros);
  expect(stdout).toHaveLength(200_000);
  expect([...stdout.entries()].filter(([, byte]) => byte !== 0)).toEqual([
    [150_000, 255],
    [150_001, 255],
    [150_002, 255],
  ]);
});

test('overrun: bytes arrive that no command wrote', async () => {
  cluster.faults.exec({ fault: 'overrun', afterBytes: 200_000, bytes: 5 });
  const { stdout } = await exec(cluster, { pod }, zeros);
  expect(stdout.subarray(200_000).toString()).toBe('!!!!!');
});

test('unknownChannel: a message comes on a channel that does not exist', async () => {
  cluster.faults.exec({ fault: 'unknownChannel', channel: 77 });
  const { channels, stdout } = await exec(cluster, { pod }, zeros);
  expect(channels).toContain(77);
  expect(stdout).toHaveLength(200_000);
});

test('stall: nothing comes any more until the fault is removed', async () => {
  const stall = cluster.faults.exec({ fault: 'stall', afterBytes: 1000 });
  const { socket, messages, closed } = await openExec(cluster, { pod }, zeros);
  await stall.struck();
  await waitUntil('the bytes before', () => bytesOf(messages, 1).length === 1000 || undefined);
  let pongs = 0;
  socket.on('pong', () => (pongs += 1));
  socket.ping();
  // Another connection's whole life passes meanwhile.
  await exec(cluster, { pod }, ['true']);
  expect([pongs, bytesOf(messages, 1).length, socket.readyState]).toEqual([0, 1000, socket.OPEN]);
  stall.remove();
  expect(await closed).toBe(1006);
});

test('delay: the connection opens once the fault is removed', async () => {
  const delay = cluster.faults.exec({ fault: 'delay', times: 1 });
  let isOpen = false;
  const opening = openExec(cluster, { pod }, ['true']).then(() => (isOpen = true));
  await delay.struck();
  expect((await exec(cluster, { pod }, ['true'])).closeCode).toBe(1000);
  expect(isOpen).toBe(false);
  delay.remove();
  expect(await opening).toBe(true);
});

test('refuse: the upgrade is answered with this status', async () => {
  cluster.faults.exec({ fault: 'refuse', status: 502, message: 'bad gateway', times: 1 });
  await expect(openExec(cluster, { pod }, ['true'])).rejects.toMatchObject({
    status: 502,
    body: expect.stringContaining('bad gateway'),
  });
  expect((await exec(cluster, { pod }, ['true'])).closeCode).toBe(1000);
});

test('a denied exec is a 403', async () => {
  cluster.faults.api({ fault: 'deny', verb: 'get', resource: 'pods/exec' });
  await expect(openExec(cluster, { pod }, ['true'])).rejects.toMatchObject({
    status: 403,
    body: expect.stringContaining('cannot get resource \\"pods/exec\\"'),
  });
});
