import { randomBytes } from 'node:crypto';

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import type { KeyGeneration } from '../../src/contracts/index.ts';
import type { ClusterApi } from '../../src/kubernetes/api.ts';
import { clusterApi } from '../../src/kubernetes/api.ts';
import { keyChange, readKeyGeneration } from '../../src/openshift/key-generation.ts';
import { startStandInCluster } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';
import { programsWithout, watchedShell } from './node-side.ts';

const { signal } = new AbortController();
const manifest = '/etc/kubernetes/manifests/kube-apiserver-pod.yaml';
const resources = '/etc/kubernetes/static-pod-resources';
const configOf = (revision: number): string =>
  `${resources}/kube-apiserver-pod-${revision}/secrets/encryption-config/encryption-config`;

let cluster: StandInCluster;
let api: ClusterApi;
let runningManifest: string;
let running: number;
beforeAll(async () => {
  cluster = await startStandInCluster();
  api = clusterApi({ kubeconfig: { file: cluster.kubeconfigPath } });
  runningManifest = await cluster.node().readFile(manifest);
  running = Number(/kube-apiserver-pod-(\d+)/.exec(runningManifest)?.[1]);
});
afterAll(async () => await cluster?.close());
afterEach(async () => {
  cluster.faults.removeAll();
  await cluster.node().writeFile(manifest, runningManifest);
  await cluster.node().remove(configOf(running), configOf(running + 1));
});

interface Key {
  readonly name: string;
  readonly secret: string;
}

/** As the operators write it: the same keys for each resource. */
function encryptionConfig(keys: readonly Key[]): string {
  return JSON.stringify({
    kind: 'EncryptionConfiguration',
    apiVersion: 'apiserver.config.k8s.io/v1',
    resources: ['secrets', 'configmaps'].map((resource) => ({
      resources: [resource],
      providers: [{ aescbc: { keys } }, { identity: {} }],
    })),
  });
}

const newKey = (name: string): Key => ({ name, secret: randomBytes(32).toString('base64') });
const read = async (from: ClusterApi | undefined = api) =>
  await readKeyGeneration(from, watchedShell(cluster.node()), 'master-0', signal);

test('without an encryption config there are only revisions', async () => {
  expect(await read()).toEqual({
    revisions: { latest: running, running: { 'master-0': running } },
  });
});

test('the names of the keys are known, in their order, and the digest of their file', async () => {
  const text = encryptionConfig([newKey('2'), newKey('1')]);
  await cluster.node().writeFile(configOf(running), text, 0o600);
  expect(await read()).toMatchObject({
    keyNames: ['2', '1'],
    configSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('the config is that of the revision that runs, not of the newest on the disk', async () => {
  await cluster.node().writeFile(configOf(running), encryptionConfig([newKey('1')]), 0o600);
  await cluster.node().writeFile(configOf(running + 1), encryptionConfig([newKey('2')]), 0o600);
  expect(await read()).toMatchObject({ keyNames: ['1'] });
  // The kubelet's manifests are JSON on a real node, in one line.
  const next = {
    spec: { volumes: [{ hostPath: { path: configOf(running + 1).split('/secrets')[0] } }] },
  };
  await cluster.node().writeFile(manifest, JSON.stringify(next));
  expect(await read()).toMatchObject({ keyNames: ['2'] });
});

const shapes: [shape: string, text: (key: Key) => string][] = [
  ['JSON in one line', (key) => encryptionConfig([key])],
  ['JSON in many', (key) => JSON.stringify(JSON.parse(encryptionConfig([key])), undefined, 2)],
  [
    'YAML',
    ({ name, secret }) =>
      `resources:\n- providers:\n  - aesgcm:\n      keys:\n      - name: ${name}\n        secret: ${secret}\n`,
  ],
  [
    'YAML with the secret first',
    ({ name, secret }) => `keys:\n  - secret: ${secret}\n    name: "${name}"\n`,
  ],
  ['YAML in JSON marks', ({ name, secret }) => `keys: [{name: ${name}, secret: ${secret}}]\n`],
  [
    'YAML with the secret in a block',
    ({ name, secret }) => `keys:\n- name: ${name}\n  secret: >-\n    ${secret}\n`,
  ],
];

test.each(shapes)('no key leaves the node: %s', async (_shape, text) => {
  // Of 30 bytes: without the padding that alone would tell it from a name.
  const key = { name: 'key-1', secret: randomBytes(30).toString('base64url') };
  await cluster.node().writeFile(configOf(running), text(key), 0o600);
  const shell = watchedShell(cluster.node());
  const found = await readKeyGeneration(api, shell, 'master-0', signal);
  expect(found.keyNames).toEqual(['key-1']);
  expect([...shell.sent, ...shell.returned].join('\n')).not.toContain(key.secret);
});

test('a name that cannot be one is not repeated', async () => {
  const odd = { name: `a${'b'.repeat(64)}`, secret: 'x' };
  await cluster.node().writeFile(configOf(running), encryptionConfig([odd]), 0o600);
  const { keyNames, configSha256 } = await read();
  expect(keyNames).toEqual([]);
  expect(configSha256).toBeDefined();
});

test('a key that is rotated between two looks is another generation, in words', async () => {
  const old = newKey('1');
  await cluster.node().writeFile(configOf(running), encryptionConfig([old]), 0o600);
  const before = await read();
  expect(keyChange(before, await read())).toBeUndefined();
  await cluster.node().writeFile(configOf(running), encryptionConfig([newKey('2'), old]), 0o600);
  expect(keyChange(before, await read())).toBe(
    'the keys of the encryption config were 1, now 2, 1',
  );
  await cluster.node().writeFile(configOf(running), encryptionConfig([newKey('1')]), 0o600);
  expect(keyChange(before, await read())).toBe(
    'the encryption config changed, with keys of the same names',
  );
});

const faults = [{ fault: 'deny' }, { fault: 'status', status: 503 }, { fault: 'reset' }] as const;
test.each(faults)('an API that does not tell leaves the revisions out: %o', async (fault) => {
  await cluster.node().writeFile(configOf(running), encryptionConfig([newKey('1')]), 0o600);
  cluster.faults.api({ resource: 'kubeapiservers', ...fault });
  const found = await read();
  expect(found).toMatchObject({ keyNames: ['1'] });
  expect(found).not.toHaveProperty('revisions');
  const withoutApi = await readKeyGeneration(
    undefined,
    watchedShell(cluster.node()),
    'master-0',
    signal,
  );
  expect(withoutApi).toEqual(found);
});

test('a node that cannot be read says nothing of its keys', async () => {
  const path = await programsWithout(cluster.node(), 'sha256sum');
  await cluster.node().writeFile(configOf(running), encryptionConfig([newKey('1')]), 0o600);
  await expect(
    readKeyGeneration(api, watchedShell(cluster.node(), path), 'master-0', signal),
  ).rejects.toMatchObject({ type: 'NodeUnreachable', nonRetryable: false });
});

const revisions = (latest: number, running: Record<string, number>): KeyGeneration => ({
  revisions: { latest, running },
});
const changes: [what: string | undefined, before: KeyGeneration, after: KeyGeneration][] = [
  [undefined, revisions(7, { a: 7 }), revisions(7, { a: 7 })],
  [undefined, revisions(7, { a: 7 }), {}],
  ['kube-apiserver went from revision 7 to 8', revisions(7, { a: 7 }), revisions(8, { a: 7 })],
  [
    'kube-apiserver on b went from revision 6 to 7',
    revisions(7, { a: 7, b: 6 }),
    revisions(7, { a: 7, b: 7 }),
  ],
  [
    'the keys of the encryption config were none, now 1',
    {},
    { keyNames: ['1'], configSha256: 'a' },
  ],
];

test.each(changes)('a change of generation: %s', (what, before, after) => {
  expect(keyChange(before, after)).toBe(what);
});
