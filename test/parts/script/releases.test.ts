import { expect, test } from 'vitest';

import { transferLanes } from '../../../src/activities/transfer-lanes.ts';
import { uploadStep } from '../../../src/activities/upload.ts';
import { openReleaseScene } from './release-scene.ts';

const two = ['snapshot', 'staticKubeResources'];

test.each([
  ['4.3.1', '4.3.0', ['combined'], ['shape', 'origin', 'shape']],
  ['4.3.30', '4.3.2', two, ['origin', 'shape', 'shape']],
  ['4.3.40', '4.3.2', two, ['origin', 'shape', 'shape']],
  ['4.5.41', '4.4', two, ['origin', 'shape', 'shape']],
  ['4.7.60', '4.6', two, ['origin', 'shape', 'tool', 'shape']],
  ['4.16.20', '4.13', two, ['origin', 'shape', 'tool', 'shape']],
])(
  'a backup of %s is verified where it lies, by the contract of %s',
  async (version, since, kinds, levels) => {
    await using scene = await openReleaseScene(version);
    const take = await scene.runTake();
    expect(take.node).toMatchObject({ script: { release: since } });
    expect(await scene.verify(take)).toMatchObject({
      outcome: 'verified',
      files: kinds.map((kind) => ({ kind })),
      verification: levels.map((level) => ({ level, outcome: 'passed' })),
    });
  },
);

test('the one file of 4.3.0 goes to the store of the snapshot, as it is', async () => {
  await using scene = await openReleaseScene('4.3.0');
  const take = await scene.runTake();
  const verified = await scene.verify(take);
  const files = verified.outcome === 'verified' ? verified.files : [];
  const upload = uploadStep(transferLanes(1));
  const stored = await Promise.all(
    files.map(async (file) => await upload({ ...take.input, file }, scene.context)),
  );
  expect(stored).toMatchObject([
    {
      kind: 'combined',
      store: 'primary',
      sha256: files[0]?.sha256,
      storedSha256: files[0]?.sha256,
    },
  ]);
});

test.each([
  ['4.3.1', 'could not download etcdctl from storage.googleapis.com: the connection was refused'],
  ['4.3.40', 'could not pull the etcd image'],
])(
  '%s without a way out is told so, and what the proxy has to do with it',
  async (version, why) => {
    await using scene = await openReleaseScene(version);
    await scene.cluster.egress.allow('none');
    await expect(scene.runTake()).rejects.toMatchObject({
      type: 'ScriptFailed',
      nonRetryable: true,
      message: expect.stringContaining(why),
      details: [expect.objectContaining({ nextStep: expect.stringMatching(/proxy/) })],
    });
  },
);

test('4.3.1 behind a proxy is told that none is set, and works once it is', async () => {
  await using scene = await openReleaseScene('4.3.1');
  const { egress } = scene.cluster;
  await egress.allow('proxy');
  await expect(scene.runTake()).rejects.toMatchObject({
    type: 'ScriptFailed',
    message: expect.stringContaining('no proxy is set for it'),
  });
  const proxy = egress.proxyUrl;
  await scene.cluster.setProxy({ httpProxy: proxy, httpsProxy: proxy });
  expect((await scene.runTake()).script).toMatchObject({ outcome: 'succeeded' });
  expect(egress.proxied).toEqual(['storage.googleapis.com:443']);
});

test('keys that changed while the snapshot was taken make its files worth nothing', async () => {
  await using scene = await openReleaseScene('4.16.20');
  const take = await scene.runTake();
  expect(await scene.verify(take)).toMatchObject({ outcome: 'verified', keys: take.node.keys });
  const resources = '/etc/kubernetes/static-pod-resources/kube-apiserver-pod-7';
  const config = `${resources}/secrets/encryption-config/encryption-config`;
  await scene.cluster
    .node()
    .writeFile(
      config,
      '{"resources":[{"providers":[{"aescbc":{"keys":[{"name":"2","secret":"c2VjcmV0"}]}}]}]}',
    );
  expect(await scene.verify(take)).toEqual({
    outcome: 'keysChanged',
    observed: expect.stringMatching(/keys.* 2$/),
  });
});
