import { createHash } from 'node:crypto';

import { expect, onTestFinished, test } from 'vitest';

import { startStandInCluster } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';

const start = async (version: string): Promise<StandInCluster> => {
  const cluster = await startStandInCluster({ version });
  onTestFinished(async () => await cluster.close());
  return cluster;
};

const resources = '/etc/kubernetes/static-pod-resources';
const scripts = new Set([
  'cluster-backup.sh',
  'etcd-snapshot-backup.sh',
  'openshift-recovery-tools',
]);

test.each([
  ['4.3.0', ['etcd-snapshot-backup.sh', 'openshift-recovery-tools'], 'snapshot_db_kuberesources_'],
  ['4.3.2', ['etcd-snapshot-backup.sh', 'openshift-recovery-tools'], '/static_kuberesources_'],
  ['4.4.0', ['cluster-backup.sh'], '/static_kuberesources_'],
  ['4.6.0', ['cluster-backup.sh'], '__POSSIBLY_DIRTY__'],
])(
  'a node of %s has the script of its time, and says its version',
  async (version, names, mark) => {
    const node = (await start(version)).node();
    const found = (await node.find('/usr/local/bin')).map((path) => path.replace(/.*\//, ''));
    expect(found.filter((name) => scripts.has(name))).toEqual(names);
    expect(await node.readFile(`/usr/local/bin/${names[0]}`)).toContain(mark);
    const release = version.replace(/\.\d+$/, '');
    expect(await node.readFile('/etc/os-release')).toContain(`OPENSHIFT_VERSION="${release}"`);
  },
);

test('4.3 has a member’s manifest, later releases have what etcd’s operator writes', async () => {
  const [old, later] = [(await start('4.3.40')).node(), (await start('4.16.20')).node()];
  const member = '/etc/kubernetes/manifests/etcd-member.yaml';
  expect(await old.readFile(member)).toMatch(/--listen-client-urls=https:\/\/0\.0\.0\.0:\d+/);
  expect(await old.find(`${resources}/etcd-certs`)).toEqual([]);
  await expect(later.readFile(member)).rejects.toThrow('No such file');
  const environment = `${resources}/etcd-certs/configmaps/etcd-scripts/etcd.env`;
  expect(await later.readFile(environment)).toMatch(/^export NODE_master_0_IP="127\.0\.0\.1"$/m);
});

test('a script of another release can be put on a node', async () => {
  const node = (await start('4.16.20')).node();
  await node.installScript('4.4.0');
  const text = await node.readFile('/usr/local/bin/cluster-backup.sh');
  expect(text).not.toContain('__POSSIBLY_DIRTY__');
  await node.installScript('4.3.2');
  expect(await node.find('/usr/local/bin')).not.toContain('/usr/local/bin/cluster-backup.sh');
});

test('encryption moves kube-apiserver to a revision that has the keys', async () => {
  const node = (await start('4.16.20')).node();
  const config = (revision: number) =>
    `${resources}/kube-apiserver-pod-${revision}/secrets/encryption-config/encryption-config`;
  const digest = async (path: string) =>
    createHash('sha256')
      .update(await node.readFile(path))
      .digest('hex');

  await node.setEncryptionConfig(['1']);
  expect(JSON.parse(await node.readFile(config(7)))).toMatchObject({
    resources: [
      { providers: [{ aescbc: { keys: [{ name: '1' }] } }, { identity: {} }] },
      { resources: ['secrets'] },
    ],
  });
  await node.setEncryptionConfig(['2', '1'], 8);
  const manifest = await node.readFile('/etc/kubernetes/manifests/kube-apiserver-pod.yaml');
  expect(manifest.match(/kube-apiserver-pod-\d+/g)).toEqual(['kube-apiserver-pod-8']);
  expect(await digest(config(8))).not.toBe(await digest(config(7)));
  expect(await node.find(`${resources}/kube-apiserver-pod-8/secrets/etcd-client`)).toHaveLength(2);
  await node.setEncryptionConfig([]);
  await expect(node.readFile(config(8))).rejects.toThrow('No such file');
  expect(await node.readFile(config(7))).toContain('"name":"1"');
});

test('a proxy that is turned on is in the Proxy object and in the file of the node', async () => {
  const cluster = await start('4.16.20');
  const httpsProxy = 'http://user:canary@proxy.example.com:3128';
  await cluster.setProxy({ httpsProxy, noProxy: '.internal' });
  const { spec, status } = cluster.objects.proxy;
  expect(spec).toMatchObject({ httpsProxy, noProxy: '.internal' });
  expect(status.noProxy).toMatch(/^\.internal,\.cluster\.local,/);
  expect(await cluster.node().readFile('/etc/mco/proxy.env')).toBe(
    `HTTPS_PROXY=${httpsProxy}\nNO_PROXY=${status.noProxy}\n`,
  );
});
