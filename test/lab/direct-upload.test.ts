import { afterAll, beforeAll, expect, test } from 'vitest';

import { labDown, labUp } from '../../lab/index.ts';
import { debugPodShell } from '../../src/node/debug-pod-shell.ts';
import type { NodeShell } from '../../src/node/node-shell.ts';
import { objectDigest } from '../../src/store/object-digest.ts';
import { createS3Store } from '../../src/store/s3-store.ts';
import { inspectFile } from '../../src/transfer/inspect-file.ts';
import { uploadDirect } from '../../src/transfer/upload-direct.ts';
import { startPod } from '../parts/custody/custody-ground.ts';
import { startVersitygw } from '../store/start-versitygw.ts';
import type { RunningVersitygw } from '../store/start-versitygw.ts';

const { signal } = new AbortController();
const takeDirectory = '/home/core/direct';
const path = `${takeDirectory}/snapshot_1.db`;
const partSizeBytes = 5 * 1024 ** 2;

const parts = new AsyncDisposableStack();
let shell: NodeShell;
let storage: RunningVersitygw;

beforeAll(async () => {
  await labDown();
  parts.defer(async () => await labDown());
  const lab = await labUp();
  // Where the node reaches it too.
  storage = await startVersitygw({ address: lab.machineAddress });
  parts.defer(async () => await storage.close());
  await storage.makeBucket('backups');
  const connection = { kubeconfig: { file: lab.backupKubeconfigPath } };
  const pod = await startPod(connection, {
    namespace: lab.backupNamespace,
    nodeName: lab.nodeName,
    image: lab.etcdImage,
  });
  parts.defer(async () => await pod[Symbol.asyncDispose]());
  shell = debugPodShell(connection, pod.session);
});

afterAll(async () => await parts.disposeAsync());

test('a node of a real kubelet sends its files itself, and nothing is left to the worker', async () => {
  const write = `mkdir -p ${takeDirectory} && head -c ${3 * partSizeBytes + 1000} /dev/urandom >${path}`;
  expect((await shell.run(['sh', '-c', write])).exitCode).toBe(0);
  const file = await inspectFile({
    shell,
    kind: 'staticKubeResources',
    path,
    takeDirectory,
    partSizeBytes,
    digestTool: 'openssl',
    signal,
  });
  const store = createS3Store({
    name: 'primary',
    bucket: 'backups',
    region: storage.region,
    endpoint: storage.endpoint,
    pathStyle: true,
    credentials: { file: storage.credentialsFile },
  });
  const relayed: string[] = [];
  const stored = await uploadDirect({
    shell,
    store,
    file: file.file,
    takeDirectory,
    environment: `${takeDirectory}/environment`,
    key: 'lab/a/snapshot_1.db',
    signal,
    noProgressMs: 60_000,
    onRelay: (reason) => relayed.push(reason),
  });
  expect(relayed).toEqual([]);
  const { sizeBytes, sha256 } = file.file;
  expect(await objectDigest(store, { key: stored.key, sizeBytes }, { signal })).toBe(sha256);
});
