import { afterAll, beforeAll, expect, test } from 'vitest';

import { startStandInCluster } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';
import { clients, debugPod, exec, runPod } from './clients.ts';

let cluster: StandInCluster;
const pod = 'shell';

beforeAll(async () => {
  cluster = await startStandInCluster({ diskBytes: 16 * 1024 ** 2 });
  await runPod(cluster, debugPod(cluster, pod));
});
afterAll(async () => await cluster.close());

const inHost = async (script: string) => {
  const result = await exec(cluster, { pod }, ['chroot', '/host', 'sh', '-c', script]);
  return { ...result, text: result.stdout.toString() };
};

test('chroot /host is the node: its script, its name, its files, its root', async () => {
  await cluster.node().writeFile('/etc/marker', 'of the node', 0o600);
  const { text } = await inHost(
    'cat /etc/marker; echo; hostname; id -u; stat -c %a /etc/marker; command -v cluster-backup.sh; readlink /home',
  );
  expect(text).toBe('of the node\nmaster-0\n0\n600\n/usr/local/bin/cluster-backup.sh\nvar/home\n');
});

test('without chroot a command is in a container of its own, without the node beside /host', async () => {
  const script = 'ls /home /usr/local/bin/cluster-backup.sh; echo x >/tmp/of-the-container';
  const { stderr } = await exec(cluster, { pod }, ['sh', '-c', script]);
  expect(stderr).toMatch(/\/home.*No such file/);
  expect(stderr).toMatch(/cluster-backup.sh.*No such file/);
  expect(await cluster.node().find('/tmp')).toEqual([]);
});

test('the node has nothing of the machine under it but /usr', async () => {
  const { text } = await inHost(`ls -d ${import.meta.dirname} /work 2>/dev/null; echo only`);
  expect(text).toBe('only\n');
  const { stderr } = await inHost('touch /usr/bin/harm');
  expect(stderr).toContain('Read-only file system');
});

test('a pod sees the processes of the node only with hostPID', async () => {
  await runPod(cluster, debugPod(cluster, 'own-pids', { hostPID: false }));
  const count = ['sh', '-c', 'ls -d /proc/[0-9]* | wc -l; readlink /proc/1/exe'];
  const own = await exec(cluster, { pod: 'own-pids' }, count);
  expect(own.stdout.toString()).toMatch(/\/sleep\n$/);
  const shared = await exec(cluster, { pod }, count);
  expect(shared.stdout.toString()).toMatch(/\/bash\n$/);
});

test('the disk is full when it is full', async () => {
  const { status, stderr } = await inHost('head -c 17M /dev/zero >/home/core/big');
  expect(JSON.parse(status)).toMatchObject({ status: 'Failure' });
  expect(stderr).toContain('No space left on device');
  await cluster.node().remove('/home/core/big');
});

test('a test can fill the disk to the last bytes, and free it again', async () => {
  const node = cluster.node();
  await node.fillDisk({ leaveBytes: 1024 ** 2 });
  expect((await inHost('head -c 2M /dev/zero >/home/core/big')).stderr).toContain('No space left');
  await node.remove('/home/core/big');
  expect((await inHost('head -c 900K /dev/zero >/home/core/big')).stderr).toBe('');
  await node.freeDisk();
  expect((await inHost('head -c 2M /dev/zero >/home/core/big')).stderr).toBe('');
  await node.remove('/home/core/big');
});

test('after a reboot the disk is as it was, and everything else has begun anew', async () => {
  const node = cluster.node();
  const name = 'rebooted';
  await runPod(cluster, debugPod(cluster, name));
  await inHost('echo kept >/home/core/kept; echo >/run/lost; echo >/tmp/lost');
  const { text: before } = await inHost('cat /proc/sys/kernel/random/boot_id');
  expect(before).toBe(`${node.bootId}\n`);
  await node.reboot();
  expect(`${node.bootId}\n`).not.toBe(before);
  expect(await node.readFile('/proc/sys/kernel/random/boot_id')).toBe(`${node.bootId}\n`);
  expect(await node.readFile('/home/core/kept')).toBe('kept\n');
  expect((await node.run(['ls', '/run/lost', '/tmp/lost'])).stdout).toBe('');
  const { core } = clients(cluster);
  const { status } = await core.readNamespacedPod({ namespace: cluster.namespace, name });
  expect(status).toMatchObject({
    phase: 'Failed',
    containerStatuses: [{ state: { terminated: { exitCode: 255 } } }],
  });
  const { items } = await core.listNode();
  expect(items[0]?.status?.nodeInfo?.bootID).toBe(node.bootId);
});

test('a node that is down takes no command, starts no pod and lets none go until it is up', async () => {
  const node = cluster.node();
  const { core } = clients(cluster);
  const { namespace } = cluster;
  await runPod(cluster, debugPod(cluster, 'was-there'));
  await node.stop();
  const { status } = await exec(cluster, { pod: 'was-there' }, ['true']);
  expect(JSON.parse(status)).toMatchObject({
    message: expect.stringContaining('no route to host'),
  });
  await core.createNamespacedPod({ namespace, body: debugPod(cluster, 'waits') });
  await core.deleteNamespacedPod({ namespace, name: 'was-there' });
  const deleting = await core.readNamespacedPod({ namespace, name: 'was-there' });
  expect(deleting.metadata?.deletionTimestamp).toBeDefined();
  expect((await core.readNamespacedPod({ namespace, name: 'waits' })).status?.phase).toBe(
    'Pending',
  );

  await node.start();
  await expect(core.readNamespacedPod({ namespace, name: 'was-there' })).rejects.toMatchObject({
    code: 404,
  });
  expect((await core.readNamespacedPod({ namespace, name: 'waits' })).status?.phase).toBe(
    'Running',
  );
});

test('what a command leaves behind is adopted by process 1, and leaves no zombie', async () => {
  await runPod(cluster, debugPod(cluster, 'orphans'));
  const detach = 'setsid sh -c "echo $$; sleep 0.1" >/tmp/pid 2>&1 </dev/null & cat /tmp/pid';
  await exec(cluster, { pod: 'orphans' }, ['chroot', '/host', 'sh', '-c', detach]);
  const states = async () =>
    (await cluster.node().run(['sh', '-c', 'cat /proc/[0-9]*/stat'])).stdout
      .split('\n')
      .filter((line) => / (sh|sleep)\) /.test(line));
  await expect.poll(states).toEqual(expect.not.arrayContaining([expect.stringContaining(') Z ')]));
});
