import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { condition, named } from '../../../src/testing/index.ts';
import type { RunningEtcd, StandInCluster } from '../../../src/testing/index.ts';
import { clusterOf, etcdWithAKey, runScript } from './old-scripts-bench.ts';

let etcd: RunningEtcd;

beforeAll(async () => {
  etcd = await etcdWithAKey();
});
afterAll(async () => await etcd.close());

const start = async (version: string): Promise<StandInCluster> => {
  const cluster = await clusterOf(version, etcd);
  onTestFinished(async () => await cluster.close());
  return cluster;
};

const time = String.raw`\d{4}-\d\d-\d\d_\d{6}`;
const directory = '/home/core/take';
const resources = '/etc/kubernetes/static-pod-resources';

test.each([
  ['4.4.33', '644'],
  ['4.5.41', '600'],
])('%s writes two files, the snapshot of mode %s, without a status', async (version, mode) => {
  const cluster = await start(version);
  const { exitCode, lines, inside } = await runScript(cluster.node(), directory);
  expect(exitCode).toBe(0);
  expect(inside.toSorted((a, b) => a.slice(4).localeCompare(b.slice(4)))).toEqual([
    expect.stringMatching(new RegExp(`^${mode} snapshot_${time}\\.db$`)),
    expect.stringMatching(new RegExp(`^600 static_kuberesources_${time}\\.tar\\.gz$`)),
  ]);
  expect(lines.filter((line) => line.startsWith('found latest'))).toEqual(
    ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'].map(
      (component) => `found latest ${component}-pod: ${resources}/${component}-pod-7`,
    ),
  );
  expect(lines.filter((line) => line.startsWith('{'))).toEqual([]);
  expect(lines.at(-1)).toBe(
    `snapshot db and kube resources are successfully saved to ${directory}`,
  );
});

test('looks at no operator, and knows no --force', async () => {
  const cluster = await start('4.4.33');
  const { conditions } = named(cluster.objects.clusterOperators, 'etcd').status;
  condition(conditions, 'Progressing').status = 'True';
  expect(await runScript(cluster.node(), directory)).toMatchObject({ exitCode: 0 });
  const node = cluster.node();
  await node.run(['bash', '-c', 'cd /home/core && cluster-backup.sh --force /home/core/forced']);
  expect(await node.find('/home/core/forced')).toEqual([]);
});

test('takes the directories that are the newest by time', async () => {
  const node = (await start('4.5.41')).node();
  const old = `${resources}/etcd-pod-6`;
  await node.run(['cp', '-R', `${resources}/etcd-pod-7`, old]);
  await node.run(['touch', '-d', '+1 hour', old]);
  const { lines } = await runScript(node, directory);
  expect(lines).toContain(`found latest etcd-pod: ${old}`);
});

test.each([
  [
    'etcd-certs/configmaps/etcd-scripts/etcd.env',
    'required dependencies not found, please ensure this script is run on a node with a functional etcd static pod',
  ],
  ['kube-scheduler-pod-7', 'error finding static-pod-resource kube-scheduler-pod'],
])('without %s it ends with 1', async (path, line) => {
  const node = (await start('4.4.33')).node();
  await node.remove(`${resources}/${path}`);
  const { exitCode, lines } = await runScript(node, directory);
  expect({ exitCode, last: lines.at(-1) }).toEqual({ exitCode: 1, last: line });
});
