import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { labStatus } from '../../lab/index.ts';
import type { BackupResult, Manifest } from '../../src/index.ts';
import { waitUntil } from '../../src/testing/index.ts';
import { everyKey, everyKeyOfLab } from './every-key.ts';
import { historyText } from './history-text.ts';
import { openLabScene } from './lab-scene.ts';
import type { LabScene } from './lab-scene.ts';
import { restoreAndServe } from './restored-etcd.ts';
import type { RestoredEtcd } from './restored-etcd.ts';
import { startWriter } from './start-writer.ts';
import type { Writer } from './start-writer.ts';

const proxyUrl = (password: string): string => `http://backup:${password}@10.77.0.1:3128`;
const secrets = {
  proxyPassword: 'canary-of-the-proxy',
  etcdValue: 'canary-in-etcd',
  wrongToken: 'canary-of-a-stranger',
};

let scene: LabScene;
let writer: Writer;
let result: BackupResult;
let manifest: Manifest;
/** What etcd had acknowledged before the script did anything: it had started, and waited. */
let acknowledged: ReadonlyMap<string, string>;
/** What the script's own process said of itself meanwhile. */
let script: { readonly environment: readonly string[]; readonly commandLines: string };
let output: string;

beforeAll(async () => {
  scene = await openLabScene({ strangersToken: secrets.wrongToken });
  const { lab, node, cluster, stores } = scene;
  await lab.etcdctl(['put', '/canary', secrets.etcdValue]);
  await cluster.setProxy({
    httpProxy: proxyUrl(secrets.proxyPassword),
    httpsProxy: proxyUrl(secrets.proxyPassword),
    noProxy: '.cluster.local,.svc',
  });
  writer = startWriter(lab);
  await node.holdScript('start');
  const worker = await scene.startWorker();
  const handle = await scene.start();

  const { pid } = await node.scriptHeld();
  const before = writer.acknowledged().size;
  // More than the script's first moments would give, so that a snapshot of an earlier moment shows.
  acknowledged = await waitUntil('50 more keys', () => {
    const keys = writer.acknowledged();
    return keys.size >= before + 50 ? keys : undefined;
  });
  script = {
    environment: (await node.run(['cat', `/proc/${pid}/environ`])).split('\0'),
    commandLines: await node.run(['bash', '-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null || true']),
  };
  await node.releaseScript();
  result = await handle.result();
  await writer.stop();
  manifest = JSON.parse(await readFile(join(stores.primary, result.manifest.key), 'utf8'));
  await worker.stop();
  output = worker.output();
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

test('a backup of the real control plane completes, and nothing of it is left there', async () => {
  expect(result).toMatchObject({ outcome: 'completed', leftovers: [], nodeName: 'master-0' });
  expect(await scene.leftovers()).toEqual([]);
  expect(await scene.node.scriptStarts()).toHaveLength(1);
});

describe('the stored snapshot, restored with etcdutl and served by an etcd', () => {
  let etcd: RestoredEtcd;
  let restored: ReadonlyMap<string, string>;
  beforeAll(async () => {
    const [snapshot] = result.files;
    const path = join(scene.stores.primary, snapshot!.key);
    etcd = await restoreAndServe(path, scene.directory);
    restored = await everyKey(etcd.endpoint);
  });
  afterAll(async () => await etcd?.close());

  test('has every key that was acknowledged before the script started', () => {
    expect(acknowledged.size).toBeGreaterThan(0);
    expect(writer.acknowledged().size).toBeGreaterThan(acknowledged.size);
    const lost = [...acknowledged].filter(([key, value]) => restored.get(key) !== value);
    expect(lost).toEqual([]);
    expect(restored.get('/canary')).toBe(secrets.etcdValue);
  });

  test('is what the live etcd held at the revision that the manifest tells', async () => {
    const { revision = 0 } = manifest.etcd;
    const live = await everyKeyOfLab(scene.lab, revision);
    const different = [...new Set([...live.keys(), ...restored.keys()])].filter(
      (key) => live.get(key) !== restored.get(key),
    );
    expect(live.size).toBeGreaterThan(acknowledged.size);
    expect(different).toEqual([]);
  });
});

test('the manifest says of the cluster what the lab is', async () => {
  const { openshiftVersion } = await labStatus();
  expect(manifest).toMatchObject({
    id: result.id,
    cluster: { name: 'lab', topology: 'SingleReplica' },
    openshiftVersion,
    etcdImage: scene.lab.etcdImage,
    nodes: [{ name: 'master-0', addresses: [scene.lab.nodeAddress] }],
    node: { name: 'master-0' },
    proxyEnabled: true,
    encryption: { type: 'identity' },
    files: result.files,
    run: { workflowId: 'etcd-backup/lab', takes: [{ number: 1, nodeName: 'master-0' }] },
  });
  expect(manifest.verification.map(({ outcome }) => outcome)).not.toContain('failed');
  expect(new Set(manifest.verification.map(({ level }) => level))).toEqual(
    new Set(['transport', 'origin', 'shape', 'tool']),
  );
  for (const [index, store] of (['primary', 'vault'] as const).entries()) {
    const { key, storedSizeBytes } = result.files[index]!;
    expect((await stat(join(scene.stores[store], key))).size).toBe(storedSizeBytes);
  }
});

test('it takes at most 16 activities and 64 KiB of history', async () => {
  const handle = scene.client.workflow.getHandle('etcd-backup/lab');
  const { events } = await handle.fetchHistory();
  const scheduled = events?.filter((event) => event.activityTaskScheduledEventAttributes) ?? [];
  expect(scheduled.length).toBeGreaterThan(10);
  expect(scheduled.length).toBeLessThanOrEqual(16);
  const { raw } = await handle.describe();
  const bytes = Number(raw.workflowExecutionInfo?.historySizeBytes);
  expect(bytes).toBeGreaterThan(1000);
  expect(bytes).toBeLessThanOrEqual(64 * 1024);
});

describe('the proxy password', () => {
  test('reaches the script in its environment, beside exceptions for the node itself', () => {
    const url = proxyUrl(secrets.proxyPassword);
    const noProxy = `.cluster.local,.svc,${scene.lab.nodeAddress},localhost,127.0.0.1`;
    expect(script.environment).toEqual(
      expect.arrayContaining([
        `HTTP_PROXY=${url}`,
        `http_proxy=${url}`,
        `HTTPS_PROXY=${url}`,
        `https_proxy=${url}`,
        `NO_PROXY=${noProxy}`,
        `no_proxy=${noProxy}`,
      ]),
    );
  });

  test('stands in no command line on the node while the script runs', () => {
    expect(script.commandLines).toContain('/usr/local/bin/cluster-backup.sh');
    expect(secretsIn(script.commandLines)).toEqual([]);
  });
});

describe('no secret is found', () => {
  test("in the run's history", async () => {
    const text = await historyText(scene.client.workflow.getHandle('etcd-backup/lab'));
    expect(text).toContain(result.manifest.sha256);
    expect(secretsIn(text)).toEqual([]);
  });

  test("in the API server's audit log, which has the command line of every exec", async () => {
    const text = await readFile(scene.lab.auditLogPath, 'utf8');
    expect(text).toContain('cluster-backup.sh');
    expect(secretsIn(text)).toEqual([]);
  });

  test('in what the worker wrote', () => {
    expect(secretsIn(output)).toEqual([]);
  });

  test('in the failure of a run whose token the API server refuses', async () => {
    const worker = await scene.startWorker();
    const handle = await scene.start('stranger');
    const error = await handle.result().catch((caught: unknown) => caught);
    expect(error).toHaveProperty('cause.type', 'ClusterDenied');
    await worker.stop();
    expect(secretsIn(await historyText(handle))).toEqual([]);
    expect(secretsIn(worker.output())).toEqual([]);
  });
});

/** The names of the secrets in a text, plain, base64 or escaped as in a URL. */
function secretsIn(text: string): readonly string[] {
  const all = { ...secrets, token: scene.cluster.backupToken() };
  return Object.entries(all)
    .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
    .map(([name]) => name);
}

function formsOf(secret: string): readonly string[] {
  // Wherever in a longer text it begins, base64 shows it in one of three ways.
  const encoded = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)])
      .toString('base64')
      .slice(4, -4),
  );
  return [secret, encodeURIComponent(secret), ...encoded];
}
