import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { withApi } from '../../lab/cluster/api.ts';
import { revisionDirectory } from '../../lab/cluster/static-pod.ts';
import type { Manifest } from '../../src/index.ts';
import { encryptionConfig } from '../../src/testing/encryption-config.ts';
import { openLabScene } from './lab-scene.ts';
import type { LabScene } from './lab-scene.ts';

let scene: LabScene;
beforeAll(async () => {
  scene = await openLabScene();
  await scene.startWorker();
});
afterAll(async () => await scene?.[Symbol.asyncDispose]());

/** Makes OpenShift's own objects and the node say that etcd is encrypted, as its operators would once it is. */
async function encrypt(type: 'identity' | 'aescbc'): Promise<void> {
  const encrypted = type !== 'identity';
  const name = { metadata: { name: 'cluster' } };
  const config = { apiVersion: 'config.openshift.io/v1', kind: 'APIServer', ...name };
  const operator = { apiVersion: 'operator.openshift.io/v1', kind: 'KubeAPIServer', ...name };
  const condition = {
    type: 'Encrypted',
    status: encrypted ? 'True' : 'False',
    reason: encrypted ? 'EncryptionCompleted' : 'EncryptionDisabled',
    message: '',
    lastTransitionTime: new Date().toISOString().replace(/\.\d+/, ''),
  };
  await withApi(async (api) => {
    const spec = { audit: { profile: 'Default' }, encryption: { type } };
    await api.apply('/apis/config.openshift.io/v1/apiservers/cluster', { ...config, spec });
    await api.apply('/apis/operator.openshift.io/v1/kubeapiservers/cluster/status', {
      ...operator,
      status: { conditions: [condition] },
    });
  });
  const directory = `${revisionDirectory('kube-apiserver')}/secrets/encryption-config`;
  if (!encrypted) return void (await scene.node.run(['rm', '-rf', directory]));
  const write = 'umask 077; mkdir -p "$1" && printf %s "$2" > "$1/encryption-config"';
  await scene.node.run(['sh', '-c', write, 'sh', directory, encryptionConfig(['7', '6'])]);
}

const off = { httpProxy: '', httpsProxy: '', noProxy: '' };
const on = {
  httpProxy: 'http://10.77.0.1:3128',
  httpsProxy: 'http://10.77.0.1:3128',
  noProxy: '.svc',
};

test.each([
  ['no proxy, no encryption', off, 'identity', undefined],
  ['a proxy, no encryption', on, 'identity', undefined],
  ['no proxy, encryption', off, 'aescbc', ['7', '6']],
  ['a proxy, encryption', on, 'aescbc', ['7', '6']],
] as const)(
  'a single node of OpenShift 4.16 is backed up: %s',
  async (_, proxy, type, keyNames) => {
    await scene.cluster.setProxy(proxy);
    await encrypt(type);
    const result = await (await scene.start()).result();
    const key = join(scene.stores.primary, result.manifest.key);
    const manifest: Manifest = JSON.parse(await readFile(key, 'utf8'));
    expect(manifest).toMatchObject({
      openshiftVersion: '4.16.18',
      cluster: { topology: 'SingleReplica' },
      node: { name: 'master-0' },
      script: { release: '4.13', possiblyDirty: false },
      proxyEnabled: proxy === on,
      encryption: { type },
      etcd: { members: [{ name: 'master-0', isLearner: false }] },
    });
    expect(manifest.encryption?.keysBefore?.keyNames).toEqual(keyNames);
    expect(manifest.encryption?.keysAfter).toEqual(manifest.encryption?.keysBefore);
    expect(manifest.etcd.leader).toBe(manifest.etcd.member);
    const guards = manifest.guards.filter(({ outcome }) => outcome !== 'passed');
    expect(guards).toEqual([]);
    expect(await scene.leftovers()).toEqual([]);
  },
);
