import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { condition, named, startEtcd, startStandInCluster } from '../../../src/testing/index.ts';
import type { RunningEtcd, StandInCluster } from '../../../src/testing/index.ts';
import { toolPath } from '../../../tools/paths.mjs';
import { debugPod, exec, runPod } from '../../testing/clients.ts';

let etcd: RunningEtcd;
let cluster: StandInCluster;

beforeAll(async () => {
  etcd = await startEtcd({ etcd: toolPath('etcd') });
  const put = ['--endpoints', etcd.endpoint, 'put', 'a key', 'a value'];
  await promisify(execFile)(toolPath('etcdctl'), put);
  cluster = await startStandInCluster({
    etcd,
    tools: { etcdctl: toolPath('etcdctl'), etcdutl: toolPath('etcdutl') },
    diskBytes: 64 * 1024 ** 2,
  });
  await runPod(cluster, debugPod(cluster, 'shell'));
});
afterEach(async () => {
  cluster.faults.removeAll();
  await cluster.node().releaseScript();
  await cluster.node().freeDisk();
});
afterAll(async () => {
  await cluster.close();
  await etcd.close();
});

const environment = ['env', '-i', 'PATH=/usr/local/bin:/usr/bin:/bin', 'HOME=/root', 'LC_ALL=C'];

/** Runs the script on the node as the backup does; `inside` is what it left in the directory. */
const backUp = async (directory: string, ...options: readonly string[]) => {
  const script = ['/usr/local/bin/cluster-backup.sh', ...options, directory];
  const command = ['chroot', '/host', ...environment, ...script];
  const { stdout, stderr, status } = await exec(cluster, { pod: 'shell' }, command);
  const exitCode = Number(/"message":"(\d+)"\}/.exec(status)?.[1] ?? 0);
  const lines = stdout.toString().trimEnd().split('\n');
  return { lines, stderr, exitCode, inside: await cluster.node().find(directory) };
};

const time = String.raw`\d{4}-\d\d-\d\d_\d{6}`;

test('writes snapshot and static kube resources, readable by root only, and says so in the vendor’s words', async () => {
  const directory = '/home/core/assets/backup/success';
  const { lines, exitCode, inside } = await backUp(directory);
  expect(exitCode).toBe(0);
  expect(inside).toEqual([
    expect.stringMatching(new RegExp(`^${directory}/snapshot_${time}\\.db$`)),
    expect.stringMatching(new RegExp(`^${directory}/static_kuberesources_${time}\\.tar\\.gz$`)),
  ]);
  const resources = '/etc/kubernetes/static-pod-resources';
  const bundle = 'configmaps/etcd-all-bundles/server-ca-bundle.crt';
  expect(lines.slice(0, 6)).toEqual([
    `Certificate /etc/kubernetes/static-pod-certs/${bundle} is missing. Checking in different directory`,
    `Certificate ${resources}/etcd-certs/${bundle} found!`,
    ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'].map(
      (component) => `found latest ${component}: ${resources}/${component}-pod-7`,
    ),
  ]);
  expect(lines).toContainEqual(`Snapshot saved at ${inside[0]}`);
  expect(lines.at(-1)).toBe(
    `snapshot db and kube resources are successfully saved to ${directory}`,
  );
  const modes = await cluster.node().run(['stat', '-c', '%a', ...inside]);
  expect(modes.stdout).toBe('600\n600\n');
});

test('the status that the script prints is that of the snapshot it wrote', async () => {
  const { lines, inside } = await backUp('/home/core/assets/backup/status');
  const printed: unknown = JSON.parse(lines.at(-2) ?? '');
  const again = await cluster
    .node()
    .run(['etcdutl', 'snapshot', 'status', inside[0] ?? '', '-w', 'json']);
  expect(printed).toEqual(JSON.parse(again.stdout));
  expect(printed).toMatchObject({ revision: 2, totalKey: 1 });
});

test('the tarball holds the static pods of the running revision, relative to /etc/kubernetes', async () => {
  const { inside } = await backUp('/home/core/assets/backup/tarball');
  const { stdout } = await cluster.node().run(['tar', '-tzf', inside[1] ?? '']);
  const directories = new Set(stdout.split('\n').map((path) => path.split('/')[1]));
  expect([...directories].filter(Boolean)).toEqual([
    'kube-apiserver-pod-7',
    'kube-controller-manager-pod-7',
    'kube-scheduler-pod-7',
    'etcd-pod-7',
  ]);
});

test('every start is counted by the script itself', async () => {
  const before = await cluster.node().scriptStarts();
  await backUp('/home/core/assets/backup/counted');
  const starts = await cluster.node().scriptStarts();
  expect(starts.slice(before.length)).toEqual(['/home/core/assets/backup/counted']);
});

test('refuses while an operator is progressing, with --force it goes on and marks both names', async () => {
  const { conditions } = named(cluster.objects.clusterOperators, 'kube-scheduler').status;
  condition(conditions, 'Progressing').status = 'True';
  const refused = await backUp('/home/core/assets/backup/progressing');
  expect(refused).toMatchObject({ exitCode: 1, inside: [] });
  expect(refused.lines.at(-1)).toBe(
    'Currently the kube-scheduler operator is progressing. A reliable backup requires that a rollout is not in progress.  Aborting!',
  );
  const forced = await backUp('/home/core/assets/backup/forced', '--force');
  expect(forced.exitCode).toBe(0);
  expect(forced.inside.every((path) => path.includes('__POSSIBLY_DIRTY__.'))).toBe(true);
  condition(conditions, 'Progressing').status = 'False';
});

test('refuses when the local API server does not answer', async () => {
  const operators = cluster.objects.clusterOperators.splice(0);
  const { exitCode, lines } = await backUp('/home/core/assets/backup/no-answer');
  cluster.objects.clusterOperators.push(...operators);
  expect(exitCode).toBe(1);
  expect(lines.at(-1)).toBe(
    'Could not find the status of the kube-apiserver. Check if the API server is running. Pass the --force flag to skip checks.',
  );
});

test.each([
  [
    'without etcd.env',
    '/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-scripts/etcd.env',
    'required dependencies not found, please ensure this script is run on a node with a functional etcd static pod',
  ],
  [
    'without a manifest',
    '/etc/kubernetes/manifests/etcd-pod.yaml',
    'error finding manifests for the etcd pod. please check if it is running.',
  ],
  [
    'without etcd’s certificates',
    '/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-all-bundles/server-ca-bundle.crt',
    'Certificate /etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-all-bundles/server-ca-bundle.crt is also missing in the second directory. Exiting!',
  ],
  [
    'without localhost.kubeconfig',
    '/etc/kubernetes/static-pod-resources/kube-apiserver-certs/secrets/node-kubeconfigs/localhost.kubeconfig',
    'Valid kubeconfig is not found in kube-apiserver-certs. Exiting!',
  ],
])('refuses a node %s', async (_, path, line) => {
  const node = cluster.node();
  const content = await node.readFile(path);
  await node.remove(path);
  const { exitCode, lines } = await backUp('/home/core/assets/backup/unfit');
  await node.writeFile(path, content);
  expect({ exitCode, last: lines.at(-1) }).toEqual({ exitCode: 1, last: line });
});

test('refuses a node whose static pod is of no revision', async () => {
  const node = cluster.node();
  const manifest = '/etc/kubernetes/manifests/kube-scheduler-pod.yaml';
  const content = await node.readFile(manifest);
  await node.writeFile(manifest, content.replace('kube-scheduler-pod-7', 'elsewhere'));
  const { exitCode, lines } = await backUp('/home/core/assets/backup/no-revision');
  await node.writeFile(manifest, content);
  expect({ exitCode, last: lines.at(-1) }).toEqual({
    exitCode: 1,
    last: 'error finding static-pod-resources for the kube-scheduler pod. please check if it is running.',
  });
});

test('refuses a node without etcdctl', async () => {
  const other = await startStandInCluster({ etcd });
  const { exitCode, stdout } = await other.node().run(['cluster-backup.sh', '/home/core/none']);
  await other.close();
  expect(exitCode).toBe(1);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe(
    'Could neither pull etcdctl nor find it locally in cache. Aborting!',
  );
});

test('an argument that is a file, or none, is answered with the usage on stdout and 1', async () => {
  const usage = 'Path to backup dir required: ./cluster-backup.sh [--force] <path-to-backup-dir>';
  expect(await backUp('/etc/hostname')).toMatchObject({ lines: [usage], exitCode: 1 });
  expect(await backUp('')).toMatchObject({ lines: [usage], exitCode: 1 });
});

test('a failing command removes both files, and ends with its code', async () => {
  const node = cluster.node();
  await node.fillDisk({ leaveBytes: 8192 });
  const { exitCode, inside } = await backUp('/home/core/assets/backup/full');
  expect(exitCode).toBeGreaterThan(0);
  expect(inside.filter((path) => !path.endsWith('.part'))).toEqual([]);
});

test('a snapshot that does not pass the check is removed, and the run fails', async () => {
  const other = await startStandInCluster({ etcd, tools: { etcdctl: toolPath('etcdctl') } });
  const node = other.node();
  await node.writeFile('/usr/local/bin/etcdutl', '#!/bin/sh\nexit 1\n', 0o755);
  const { exitCode, stdout } = await node.run(['cluster-backup.sh', '/home/core/corrupt']);
  const inside = await node.find('/home/core/corrupt');
  await other.close();
  expect({ exitCode, inside }).toEqual({ exitCode: 1, inside: [] });
  expect(stdout.trimEnd().split('\n').at(-1)).toBe(
    'Backup integrity verification failed. Backup appears corrupted. Aborting!',
  );
});

test.each(['SIGTERM', 'SIGKILL'])('%s leaves everything that was written', async (signal) => {
  const node = cluster.node();
  const directory = `/home/core/assets/backup/${signal}`;
  await node.holdScript('snapshot');
  const running = backUp(directory);
  const { pid } = await node.scriptHeld();
  await node.run(['kill', `-${signal}`, String(pid)]);
  const { inside, exitCode } = await running;
  expect(exitCode).toBe(signal === 'SIGTERM' ? 143 : 137);
  expect(inside).toEqual([expect.stringMatching(/static_kuberesources_.*\.tar\.gz$/)]);
});

test('a held script goes on when it is released', async () => {
  const node = cluster.node();
  await node.holdScript('end');
  const running = backUp('/home/core/assets/backup/held');
  expect(await node.scriptHeld()).toMatchObject({ point: 'end' });
  expect(await node.find('/home/core/assets/backup/held')).toHaveLength(2);
  await node.releaseScript();
  expect(await running).toMatchObject({ exitCode: 0 });
});
