import { join } from 'node:path';

import { WorkflowFailedError } from '@temporalio/client';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { base64, foundIn, temporalKeeps as keptByTemporal, textOf } from './found-secrets.ts';
import { openScene, readStored } from './scene.ts';
import type { WorkerProcess } from './start-worker.ts';

const password = 'canary-of-the-proxy';
const etcdValue = 'canary-of-an-etcd-value';
const scriptPath = '/usr/local/bin/cluster-backup.sh';
const main = join(import.meta.dirname, '../../src/cli/main.ts');

let scene: Awaited<ReturnType<typeof openScene>>;
let worker: WorkerProcess;
let secrets: readonly string[];
beforeAll(async () => {
  scene = await openScene();
  const { cluster, etcd } = scene;
  const proxies = {
    httpProxy: `http://backup:${password}@proxy.example.com:3128`,
    httpsProxy: `https://backup:${password}@proxy.example.com:3129`,
    noProxy: '.cluster.local,.svc,10.0.0.0/16',
  };
  Object.assign(cluster.objects.proxy.spec, proxies);
  Object.assign(cluster.objects.proxy.status, proxies);
  const [key, value] = ['/kubernetes.io/secrets/demo/canary', etcdValue].map(base64);
  const put = await fetch(`${etcd.endpoint}/v3/kv/put`, {
    method: 'POST',
    body: JSON.stringify({ key, value }),
  });
  if (!put.ok) throw new Error(`etcd refused the canary: ${put.status}`);
  secrets = [cluster.token, password, etcdValue];
  worker = await scene.startWorker();
});
afterAll(async () => await scene?.[Symbol.asyncDispose]());

const found = (text: string): readonly string[] => foundIn(text, secrets);
const temporalKeeps = async () => await keptByTemporal(scene.client);

const etcdBackup = async (...argv: string[]) =>
  await execa(process.execPath, [main, 'run', 'demo', ...argv], {
    env: { TEMPORAL_ADDRESS: scene.temporal.address, ETCD_BACKUP_CONFIG: scene.configFile },
    reject: false,
    all: true,
  });

const outputs = [
  { name: 'for people', argv: [] },
  { name: 'for programs', argv: ['--json'] },
] as const;

test('a canary is found in whatever clothes it comes', () => {
  expect(found(`x${password}y`)).toEqual([password]);
  for (const before of ['', 'a', 'ab']) {
    expect(found(base64(`${before}https://u:${password}@p`))).toEqual([password]);
    expect(found(base64(`${before}${etcdValue} and more`))).toEqual([etcdValue]);
  }
  expect(found(textOf({ payloads: [{ data: Buffer.from(password) }] }))).toEqual([password]);
});

describe('while the script runs', () => {
  let environment: ReadonlyMap<string, string>;
  let pid: number;
  let take: string;
  beforeAll(async () => {
    const node = scene.cluster.node();
    await node.holdScript('end');
    await scene.start();
    ({ pid } = await node.scriptHeld());
    const text = await node.readFile(`/proc/${pid}/environ`);
    environment = new Map(
      text.split('\0').map((line): [string, string] => {
        const [name = '', ...value] = line.split('=');
        return [name, value.join('=')];
      }),
    );
    take = (await node.scriptStarts()).at(-1)!.replace(/\/backup$/, '');
  });

  test('it has the proxy, in upper and in lower case', () => {
    const { httpProxy, httpsProxy } = scene.cluster.objects.proxy.status;
    for (const [name, value] of [
      ['HTTP_PROXY', httpProxy],
      ['HTTPS_PROXY', httpsProxy],
    ] as const) {
      expect(environment.get(name)).toBe(value);
      expect(environment.get(name.toLowerCase())).toBe(value);
    }
  });

  test('the node itself never goes through the proxy', () => {
    const { status } = scene.cluster.objects.nodes[0]!;
    const addresses = status.addresses
      .filter(({ type }) => type === 'InternalIP')
      .map(({ address }) => address);
    expect(addresses).not.toEqual([]);
    for (const name of ['NO_PROXY', 'no_proxy']) {
      const exceptions = environment.get(name)?.split(',');
      expect(exceptions).toEqual(
        expect.arrayContaining([
          '.cluster.local',
          '.svc',
          '10.0.0.0/16',
          ...addresses,
          'localhost',
          '127.0.0.1',
        ]),
      );
    }
  });

  test('what holds the password on the node is for root alone', async () => {
    const node = scene.cluster.node();
    expect(take).toMatch(/^\/home\/core\/assets\/backup\/[a-z0-9]{12}-1$/);
    const modes = await node.run(['stat', '-c', '%a %U', take, `${take}/environment`]);
    expect(modes.stdout).toBe('700 root\n600 root\n');
    expect(found(await node.readFile(`${take}/environment`))).toEqual([password]);
  });

  test('no process of the node has a secret in its arguments', async () => {
    const script = 'for file in /proc/[0-9]*/cmdline; do tr "\\0" " " < "$file"; echo; done';
    const { stdout } = await scene.cluster.node().run(['bash', '-c', script]);
    expect(stdout).toContain(scriptPath);
    expect(found(stdout)).toEqual([]);
  });

  test('a key that lies beside the two files is neither collected nor left', async () => {
    const node = scene.cluster.node();
    await node.writeFile(`${take}/backup/etcd-peer.key`, 'a private key', 0o600);
    await node.writeFile(`${take}/work/etcd-peer.key`, 'a private key', 0o600);
    await node.releaseScript();
    const handle = scene.client.workflow.getHandle('etcd-backup/demo');
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    const stored = [...(await scene.stored('primary')), ...(await scene.stored('vault'))];
    expect(stored.map((key) => key.replace(/^.*\//, ''))).toEqual([
      'manifest.json',
      expect.stringMatching(/^snapshot_[\d_-]+\.db$/),
      'manifest.json',
      expect.stringMatching(/^static_kuberesources_[\d_-]+\.tar\.gz$/),
    ]);
    expect(await scene.leftovers()).toEqual([]);
  });
});

describe('a canary in every secret', () => {
  test('the value of an etcd key is in the snapshot, and the manifest has none', async () => {
    const keys = await scene.stored('primary');
    const [manifest, snapshot] = await Promise.all(
      ['manifest.json', '.db'].map(async (end) =>
        (
          await readStored(
            scene.stores.primary,
            keys.find((key) => key.endsWith(end))!,
          )
        ).toString('latin1'),
      ),
    );
    expect(found(snapshot!)).toEqual([etcdValue]);
    expect(found(manifest!)).toEqual([]);
  });

  test('a run that completes leaves none with Temporal', async () => {
    const kept = await temporalKeeps();
    expect(kept).toContain('checkCluster');
    expect(kept).toContain('"proxy on"');
    expect(found(kept)).toEqual([]);
  });

  test.each(outputs)('the command prints none, $name', async ({ argv }) => {
    const { all, exitCode } = await etcdBackup(...argv);
    expect(exitCode).toBe(0);
    expect(all).toContain('snapshot');
    expect(found(all)).toEqual([]);
  });

  describe('a script that prints its whole environment, and a value of etcd, and fails', () => {
    beforeAll(async () => {
      const text = `#!/bin/bash
env
env >&2
echo "error: proxyconnect tcp: $HTTPS_PROXY refused the value ${etcdValue} and token ${scene.cluster.token}"
exit 7
`;
      await scene.cluster.node().writeFile(scriptPath, text, 0o755);
    });

    test.each(outputs)('none is printed by the command, $name', async ({ argv }) => {
      const { all, exitCode } = await etcdBackup(...argv);
      expect(exitCode).toBe(1);
      expect(all).toContain('ScriptFailed');
      expect(all).toContain('the script exited with 7');
      expect(found(all)).toEqual([]);
    });

    test('none is in its failure, nor anywhere with Temporal', async () => {
      const handle = scene.client.workflow.getHandle('etcd-backup/demo');
      const error: unknown = await handle.result().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(WorkflowFailedError);
      const kept = `${await temporalKeeps()}\n${textOf(error)}\n${String(error)}`;
      expect(kept).toContain('the script exited with 7');
      expect(found(kept)).toEqual([]);
      expect(await scene.leftovers()).toEqual([]);
    });
  });

  test('a proxy that the API cannot read out is not quoted', async () => {
    const { proxy } = scene.cluster.objects;
    const { status } = proxy;
    Object.assign(proxy, { status: { ...status, noProxy: [status.httpProxy] } });
    const { all, exitCode } = await etcdBackup();
    Object.assign(proxy, { status });
    expect(exitCode).toBe(3);
    expect(all).toContain('proxies/cluster is not as OpenShift documents it');
    expect(found(all)).toEqual([]);
    expect(found(await temporalKeeps())).toEqual([]);
  });

  test('while a step waits for its next attempt, none is in what it reports', async () => {
    const node = scene.cluster.node();
    const refuse = scene.cluster.faults.exec({
      fault: 'refuse',
      status: 502,
      message: `proxyconnect tcp: dial http://backup:${password}@proxy.example.com:3128`,
    });
    const handle = await scene.start();
    await refuse.struck(2);
    const kept = await temporalKeeps();
    await handle.cancel();
    refuse.remove();
    await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
    expect(kept).toContain('502');
    expect(found(kept)).toEqual([]);
    expect(found(await temporalKeeps())).toEqual([]);
    expect(await node.find('/home/core/assets/backup')).toEqual([]);
  });

  test('the API server saw none in a path, a query or a command', () => {
    const { requests } = scene.cluster;
    const commands = requests.flatMap(({ command }) => command ?? []);
    expect(commands).toContain('mkdir');
    const seen = requests.map(({ path, query, command }) => textOf({ path, query, command }));
    expect(found(seen.join('\n'))).toEqual([]);
  });

  test('the worker wrote none', () => {
    const output = worker.output();
    expect(output).toContain('ScriptFailed');
    expect(found(output)).toEqual([]);
  });
});
