import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import type { RunningEtcd, StandInCluster } from '../../../src/testing/index.ts';
import { clusterOf, etcdWithAKey, runScript } from './old-scripts-bench.ts';

let etcd: RunningEtcd;
let another: RunningEtcd;

beforeAll(async () => {
  [etcd, another] = await Promise.all([etcdWithAKey(), etcdWithAKey()]);
});
afterAll(async () => {
  await Promise.all([etcd.close(), another.close()]);
});

const time = String.raw`\d{4}-\d\d-\d\d_\d{6}`;
const named = (pattern: string) => expect.stringMatching(new RegExp(`^${pattern}$`));
const backup = '/home/core/assets/backup';
const succeeded = 'snapshot db and kube resources are successfully saved to';
const manifest = '/etc/kubernetes/manifests/etcd-member.yaml';

describe('the script of 4.3.2 and later', () => {
  let cluster: StandInCluster;

  beforeAll(async () => {
    cluster = await clusterOf('4.3.40', etcd);
  });
  afterEach(async () => {
    await cluster.egress.allow('direct');
    await cluster.node().remove('/home/core/assets', '/home/core/take');
  });
  afterAll(async () => await cluster.close());

  test('writes two files that everyone may read, and beside them the client’s private key', async () => {
    const { exitCode, lines, inside } = await runScript(cluster.node(), backup);
    expect(exitCode).toBe(0);
    expect(inside).toEqual([
      '600 etcd-client.crt',
      '600 etcd-client.key',
      '644 etcd-ca-bundle.crt',
      '644 etcd-member.yaml',
      named(`644 snapshot_${time}\\.db`),
      named(`644 static_kuberesources_${time}\\.tar\\.gz`),
    ]);
    const id = named('[0-9a-f]{64}');
    expect(lines.filter((line) => !line.startsWith('Server version'))).toEqual([
      'Creating asset directory ./assets',
      id,
      id,
      named('etcdctl version: .*'),
      named('API version: .*'),
      'Trying to backup etcd client certs..',
      'etcd client certs found in /etc/kubernetes/static-pod-resources/kube-apiserver-pod-7 backing up to ./assets/backup/',
      `Backing up ${manifest} to ./assets/backup/`,
      'Trying to backup latest static pod resources..',
      named(`Snapshot saved at ${backup}/snapshot_${time}\\.db`),
      `${succeeded} ${backup}!`,
    ]);
    expect(await cluster.node().find('/var/lib/containers/storage/overlay-containers')).toEqual([]);
  });

  test('a client certificate of an earlier run is used for ever, also when it is stale', async () => {
    const node = cluster.node();
    await runScript(node, backup);
    const { client } = another.certificates;
    await node.writeFile(`${backup}/etcd-client.crt`, client.certificate);
    await node.writeFile(`${backup}/etcd-client.key`, client.key);
    const { exitCode, lines, stderr, inside } = await runScript(node, '/home/core/take');
    expect(lines).toContain('etcd client certs already backed up and available ./assets/backup/');
    expect({ exitCode, inside }).toEqual({ exitCode: 5, inside: [] });
    expect(stderr).toContain('tls: bad certificate');

    const fresh = await runScript(node, '/home/core/take', { workingDirectory: '/home/core/take' });
    expect(fresh).toMatchObject({ exitCode: 0 });
  });

  test('takes the resources of the highest number, not of the revision that runs', async () => {
    const node = cluster.node();
    const resources = '/etc/kubernetes/static-pod-resources';
    await node.run([
      'cp',
      '-R',
      `${resources}/kube-apiserver-pod-7`,
      `${resources}/kube-apiserver-pod-10`,
    ]);
    const { inside } = await runScript(node, '/home/core/take');
    await node.remove(`${resources}/kube-apiserver-pod-10`);
    const tarball = inside.find((line) => line.includes('static_kuberesources'))?.slice(4);
    const { stdout } = await node.run(['tar', '-tzf', `/home/core/take/${tarball}`]);
    expect(
      new Set(
        stdout
          .trimEnd()
          .split('\n')
          .map((path) => path.split('/')[1]),
      ),
    ).toEqual(new Set(['kube-apiserver-pod-10']));
  });

  test('without its registry it fails before it has etcdctl, and says so in podman’s words', async () => {
    await cluster.egress.allow('none');
    const { exitCode, lines, stderr } = await runScript(cluster.node(), backup);
    expect(exitCode).toBe(125);
    expect(stderr).toContain('unable to pull image: Error initializing source docker://quay.io/');
    expect(lines).toEqual(['Creating asset directory ./assets']);
  });

  test('where the way out is a proxy, the proxy’s variables open it', async () => {
    await cluster.egress.allow('proxy');
    expect(await runScript(cluster.node(), backup)).toMatchObject({ exitCode: 125 });
    const url = cluster.egress.proxyUrl.replace('//', '//user:canary@');
    const environment = { HTTPS_PROXY: url, https_proxy: url };
    expect(await runScript(cluster.node(), backup, { environment })).toMatchObject({ exitCode: 0 });
    expect(cluster.egress.proxied).toContain('quay.io:443');
  });

  test('a command that fails removes tarball and snapshot, and runs what the path holds for the shell', async () => {
    const node = cluster.node();
    const text = await node.readFile(manifest);
    await node.writeFile(manifest, text.replace(/0\.0\.0\.0:\d+/, '0.0.0.0:1'));
    const { exitCode, inside } = await runScript(node, '/home/core/take; touch /home/core/harm #');
    await node.writeFile(manifest, text);
    expect(exitCode).toBeGreaterThan(0);
    expect(inside).toEqual([]);
    expect(await node.find('/home/core')).toContain('/home/core/harm');
    await node.remove('/home/core/harm');
  });

  test.each([
    [
      'without client certificates',
      'kube-apiserver-pod-7/secrets/etcd-client/tls.key',
      'backup failed: client certs not found',
    ],
    ['without static pods', 'kube-apiserver-pod-7', 'error finding static-pod-resources'],
  ])('on a node %s it ends with 1 and removes nothing', async (_, path, line) => {
    const node = cluster.node();
    const resources = '/etc/kubernetes/static-pod-resources';
    await node.run(['mv', `${resources}/${path}`, '/home/core/aside']);
    const { exitCode, lines } = await runScript(node, '/home/core/take');
    await node.run(['mv', '/home/core/aside', `${resources}/${path}`]);
    expect({ exitCode, last: lines.at(-1) }).toEqual({ exitCode: 1, last: line });
  });

  test('a script that is killed leaves its container behind', async () => {
    const node = cluster.node();
    await node.holdScript('start');
    const running = runScript(node, '/home/core/take');
    const { pid } = await node.scriptHeld();
    // As soon as it goes on, it meets a podman that never ends.
    const podman = await node.readFile('/usr/local/bin/podman');
    const endless = podman.replace(
      'umount)',
      () => 'umount) echo $$ >/run/endless; exec sleep 600;',
    );
    await node.writeFile('/usr/local/bin/podman', endless, 0o755);
    await node.releaseScript();
    await expect.poll(async () => await node.find('/run')).toContain('/run/endless');
    await node.run(['bash', '-c', 'kill -KILL "$1" "$(cat /run/endless)"', 'kill', String(pid)]);
    await running;
    await node.writeFile('/usr/local/bin/podman', podman, 0o755);
    const containers = '/var/lib/containers/storage/overlay-containers';
    expect(await node.find(containers)).not.toEqual([]);
    await node.remove(containers);
  });
});

describe('the script of 4.3.0 and 4.3.1', () => {
  let cluster: StandInCluster;

  beforeAll(async () => {
    cluster = await clusterOf('4.3.1', etcd);
  });
  afterEach(async () => {
    await cluster.egress.allow('direct');
    await cluster.node().remove('/home/core/assets', '/home/core/take');
  });
  afterAll(async () => await cluster.close());

  test('downloads etcdctl, and writes one file that holds snapshot and keys together', async () => {
    const node = cluster.node();
    const { exitCode, lines, inside } = await runScript(node, '/home/core/take');
    expect(exitCode).toBe(0);
    const [line = '', ...more] = inside;
    const name = line.slice(4);
    expect([line, ...more]).toEqual([named(`644 snapshot_db_kuberesources_${time}\\.tar\\.gz`)]);
    expect(lines).toContain('Downloading etcdctl binary..');
    expect(lines).toContain('Snapshot saved at ./assets/tmp/snapshot.db');
    expect(lines.at(-1)).toBe(`${succeeded} /home/core/take/${name}!`);
    const { stdout } = await node.run(['tar', '-tzf', `/home/core/take/${name}`]);
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'snapshot.db',
        'static-pod-resources/kube-apiserver-pod-7/secrets/etcd-client/tls.key',
      ]),
    );
  });

  test.each([
    ['the way out is closed', 'none', 7],
    ['only a proxy leads out, and none is set', 'proxy', 7],
  ] as const)(
    'where %s it ends with curl’s code, and without a word of it',
    async (_, mode, code) => {
      await cluster.egress.allow(mode);
      const result = await runScript(cluster.node(), '/home/core/take');
      expect(result).toMatchObject({ exitCode: code, stderr: '', inside: [] });
      expect(result.lines.at(-1)).toBe('Downloading etcdctl binary..');
    },
  );

  test('a proxy that does not let it through ends it with curl’s code', async () => {
    await cluster.egress.allow('none');
    const environment = { HTTPS_PROXY: cluster.egress.proxyUrl };
    const result = await runScript(cluster.node(), '/home/core/take', { environment });
    expect(result.exitCode).toBe(56);
    expect(cluster.egress.proxied).toContain('storage.googleapis.com:443');
  });

  test('through the proxy it has etcdctl', async () => {
    await cluster.egress.allow('proxy');
    const environment = { HTTPS_PROXY: cluster.egress.proxyUrl };
    const result = await runScript(cluster.node(), '/home/core/take', { environment });
    expect(result).toMatchObject({ exitCode: 0 });
  });
});

test.each([
  ['', 'without an argument'],
  ['/etc/hostname', 'with a file as its argument'],
])('the usage is on stdout and the code is 1 %#', async (argument) => {
  const cluster = await clusterOf('4.3.2', etcd);
  const { exitCode, stdout } = await cluster.node().run(['etcd-snapshot-backup.sh', argument]);
  await cluster.close();
  expect({ exitCode, stdout }).toEqual({
    exitCode: 1,
    stdout: 'Path to backup dir required: ./etcd-snapshot-backup.sh <path-to-backup-dir>\n',
  });
});

test('before 4.3.38 the image is not pulled again, and a failing create shows only later', async () => {
  const cluster = await clusterOf('4.3.5', etcd);
  await cluster.egress.allow('none');
  expect(await runScript(cluster.node(), backup)).toMatchObject({ exitCode: 0 });
  const podman = await cluster.node().readFile('/usr/local/bin/podman');
  const gone = podman.replace('image=/var/lib/stand-in/etcd-image', 'image=/nowhere');
  await cluster.node().writeFile('/usr/local/bin/podman', gone, 0o755);
  const { exitCode, stderr } = await runScript(cluster.node(), backup);
  await cluster.close();
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/unable to pull[\s\S]*no container with name or ID[\s\S]*cp: /);
});
