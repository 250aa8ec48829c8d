import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { BackupResult, StoredFile } from '../../src/index.ts';
import { createDirectoryStore } from '../../src/store/directory-store.ts';
import { createS3Store } from '../../src/store/s3-store.ts';
import { recipientFingerprint } from '../../src/transfer/recipient-fingerprint.ts';
import { toolPath } from '../../tools/paths.mjs';
import { startVersitygw } from '../store/start-versitygw.ts';
import type { RunningVersitygw } from '../store/start-versitygw.ts';
import { signal } from '../store/store-bench.ts';
import { makeReaders } from '../transfer/seal-bench.ts';
import type { Reader } from '../transfer/seal-bench.ts';
import { foundIn, temporalKeeps, textOf } from './found-secrets.ts';
import { openScene } from './scene.ts';
import type { WorkerProcess } from './start-worker.ts';

const run = promisify(execFile);
const canary = 'canary-of-an-etcd-value';
const mib = 1024 * 1024;

let gateway: RunningVersitygw;
let scene: Awaited<ReturnType<typeof openScene>>;
let worker: WorkerProcess;
let readers: readonly Reader[];
let result: BackupResult;
/** What the take's directory had when both files were stored: the seals, by name, and the arguments of all processes. */
let seals: ReadonlyMap<string, string>;
let modes: string;
let processes: string;
/** What Temporal had meanwhile, heartbeats among it. */
let meanwhile: string;

const bucket = () => ({
  bucket: 'snapshots',
  region: gateway.region,
  endpoint: gateway.endpoint,
  pathStyle: true,
  credentials: { file: gateway.credentialsFile },
});
const primary = () => createS3Store({ name: 'primary', ...bucket() });
const vault = () => createDirectoryStore({ name: 'vault', directory: scene.stores.vault });

async function putInEtcd(key: string, value: string): Promise<void> {
  const body = JSON.stringify({
    key: Buffer.from(key).toString('base64'),
    value: Buffer.from(value).toString('base64'),
  });
  const put = await fetch(`${scene.etcd.endpoint}/v3/kv/put`, { method: 'POST', body });
  if (!put.ok) throw new Error(`etcd refused a value: ${put.status}`);
}

/** An object, whole, as a file beside the scene. */
async function fetchStored({ key, store, storedSizeBytes }: StoredFile): Promise<string> {
  const bytes = Buffer.alloc(storedSizeBytes);
  await (store === 'primary' ? primary() : vault()).read(key, 0, bytes, signal);
  const path = join(scene.directory, 'opened', basename(key));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return path;
}

/** What the steps of a run say of themselves until something else settles. */
async function lookUntil(
  held: Promise<unknown>,
  handle: Awaited<ReturnType<typeof scene.start>>,
): Promise<readonly string[]> {
  const stop = new AbortController();
  const looks: string[] = [];
  const look = async (): Promise<void> => {
    const { raw } = await handle.describe();
    looks.push(textOf(raw.pendingActivities?.map(({ heartbeatDetails }) => heartbeatDetails)));
    if (!stop.signal.aborted) await delay(100).then(look);
  };
  await Promise.all([look(), held.finally(() => stop.abort())]);
  return looks;
}

async function identityFile({ identity }: Reader): Promise<string> {
  const path = join(
    scene.directory,
    `identity-${readers.findIndex((r) => r.identity === identity)}`,
  );
  await writeFile(path, `${identity}\n`, { mode: 0o600 });
  return path;
}

const page = await readFile(join(import.meta.dirname, '../../docs/encryption.md'), 'utf8');
const [openCompressed = '', open = ''] = [...page.matchAll(/```sh\n(.+?)```/gs)].map(
  ([, commands = '']) => commands,
);

/** What docs/encryption.md tells a person to type, typed; the digests that it printed, and where the file is then. */
async function openByHand(path: string, { name, compression }: StoredFile, reader: Reader) {
  const commands = compression === undefined ? open : openCompressed;
  const directory = join(path, '..');
  await rm(join(directory, name), { force: true });
  const age = dirname(toolPath('age'));
  const { stdout } = await run('sh', ['-euc', commands], {
    cwd: directory,
    env: { PATH: `${age}:/usr/bin:/bin`, name, identity: await identityFile(reader) },
  });
  const digests = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[0]);
  return { path: join(directory, name), digests };
}

const snapshotOf = () => result.files.find(({ kind }) => kind === 'snapshot')!;
const resourcesOf = () => result.files.find(({ kind }) => kind === 'staticKubeResources')!;

beforeAll(async () => {
  readers = await makeReaders(3);
  const recipients = readers.map(({ recipient }) => recipient);
  gateway = await startVersitygw();
  await gateway.makeBucket('snapshots');
  scene = await openScene({ config: { partSize: '5MiB' } });
  await putInEtcd('/kubernetes.io/secrets/demo/canary', canary);
  // Three parts, compressed: what nobody can guess keeps three quarters of its length.
  for (let each = 0; each < 13; each += 1) {
    await putInEtcd(`/kubernetes.io/configmaps/demo/${each}`, randomBytes(mib).toString('base64'));
  }
  const config: object = JSON.parse(await readFile(scene.configFile, 'utf8'));
  const stores = {
    primary: { s3: bucket(), compression: 'zstd', recipients: recipients.slice(0, 2) },
    vault: { directory: scene.stores.vault, compression: 'zstd', recipients: recipients.slice(2) },
  };
  await writeFile(scene.configFile, JSON.stringify({ ...config, stores }));
  worker = await scene.startWorker();

  const node = scene.cluster.node();
  // Step by step, so that each has a deadline of its own.
  let { held } = await scene.hold('runBackupScript', 'before');
  const handle = await scene.start();
  await held;
  ({ held } = await scene.hold('uploadSnapshot', 'before'));
  await held;
  ({ held } = await scene.hold('uploadStaticKubeResources', 'after'));
  const looks = await lookUntil(held, handle);
  const directory = (await node.scriptStarts()).at(-1)!.replace(/\/backup$/, '');
  const listed = await node.run(['sh', '-c', 'cd "$1" && ls -d seal-*', 'sh', directory]);
  const names = listed.stdout.trim().split('\n');
  const texts = await Promise.all(
    names.map(async (name) => await node.readFile(`${directory}/${name}`)),
  );
  seals = new Map(names.map((name, index) => [name, texts[index]!]));
  const stat = 'cd "$1" && stat -c "%n %a %U" seal-* sealed-*';
  modes = (await node.run(['sh', '-c', stat, 'sh', directory])).stdout;
  const cmdlines = 'for file in /proc/[0-9]*/cmdline; do tr "\\0" " " < "$file"; echo; done';
  processes = (await node.run(['bash', '-c', cmdlines])).stdout;
  meanwhile = [...looks, await temporalKeeps(scene.client)].join('\n');
  await scene.release();
  result = await handle.result();
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  await gateway?.close();
});

test('a run stores both files sealed, each for the recipients of its store', () => {
  expect(result).toMatchObject({ outcome: 'completed', warnings: [] });
  const fingerprints = readers.map(({ recipient }) => recipientFingerprint(recipient));
  expect(snapshotOf()).toMatchObject({
    key: `demo/${result.id}/${snapshotOf().name}.zst.age`,
    compression: 'zstd',
    recipients: fingerprints.slice(0, 2),
    store: 'primary',
  });
  expect(resourcesOf()).toMatchObject({
    key: `demo/${result.id}/${resourcesOf().name}.age`,
    recipients: fingerprints.slice(2),
    store: 'vault',
  });
  // A tarball is compressed already.
  expect(resourcesOf()).not.toHaveProperty('compression');
});

test('the parts in the bucket were equal, whatever the length of the header', async () => {
  const { partsChecksum, storedSizeBytes } = snapshotOf();
  expect(partsChecksum?.partSizeBytes).toBe(5 * mib + 80 * 16);
  expect(storedSizeBytes / (5 * mib)).toBeGreaterThan(2);
});

test.each([0, 1])(
  'age and zstd open the snapshot with identity %i, and etcdutl restores it',
  async (index) => {
    const file = snapshotOf();
    const { path, digests } = await openByHand(await fetchStored(file), file, readers[index]!);
    expect(digests).toEqual([file.storedSha256, file.sha256]);
    const bytes = await readFile(path);
    expect(bytes.includes(canary)).toBe(true);
    const target = join(scene.directory, `restored-${index}`);
    await run(toolPath('etcdutl'), ['snapshot', 'restore', path, '--data-dir', target]);
    const database = await readFile(join(target, 'member/snap/db'));
    expect(database.includes(canary)).toBe(true);
  },
);

test('age opens the static kube resources with the identity of their store', async () => {
  const file = resourcesOf();
  const { path, digests } = await openByHand(await fetchStored(file), file, readers[2]!);
  expect(digests).toEqual([file.storedSha256, file.sha256]);
  const { stdout } = await run('tar', ['-tzf', path]);
  expect(stdout).toContain('static-pod-resources');
});

test('no identity opens the file of the other store', async () => {
  const [snapshot, resources] = [await fetchStored(snapshotOf()), await fetchStored(resourcesOf())];
  for (const [path, reader] of [
    [snapshot, readers[2]!],
    [resources, readers[0]!],
    [resources, readers[1]!],
  ] as const) {
    const argv = ['-d', '-i', await identityFile(reader), '-o', `${path}.opened`, path];
    await expect(run(toolPath('age'), argv)).rejects.toThrow('no identity matched');
  }
});

/** Every key, in the forms that it could be found in. */
const keys = () =>
  [...seals.values()].flatMap((text) => {
    const { fileKey }: { fileKey: string } = JSON.parse(text.split('\n')[0]!);
    const key = Buffer.from(fileKey, 'base64');
    expect(key).toHaveLength(16);
    return [fileKey.replace(/=+$/, ''), key.toString('hex'), key.toString('latin1')];
  });

test('while they are stored, the keys lie on the node, one for each file and store, for root alone', () => {
  expect([...seals.keys()]).toEqual(['seal-snapshot-primary', 'seal-staticKubeResources-vault']);
  expect(new Set(keys()).size).toBe(6);
  expect(modes.trim().split('\n')).toEqual(
    [
      'seal-snapshot-primary',
      'seal-staticKubeResources-vault',
      'sealed-snapshot-primary',
      'sealed-staticKubeResources-vault',
    ].map((name) => `${name} 600 root`),
  );
  for (const text of seals.values()) expect(foundIn(text, keys())).not.toEqual([]);
});

test('no key is in an argument, and none in what the API server saw', () => {
  expect(processes).not.toBe('');
  expect(foundIn(processes, keys())).toEqual([]);
  const commands = scene.cluster.requests.map(({ path, query, command }) =>
    JSON.stringify([path, query, command]),
  );
  expect(commands.join('\n')).toContain('seal-snapshot-primary');
  expect(foundIn(commands.join('\n'), keys())).toEqual([]);
});

test('neither a key nor a value is in a heartbeat, a history or a log', async () => {
  const kept = `${meanwhile}\n${await temporalKeeps(scene.client)}`;
  expect(meanwhile).toContain('"version":1,"step"');
  expect(kept).toContain(snapshotOf().storedSha256);
  expect(foundIn(kept, [...keys(), canary])).toEqual([]);
  expect(foundIn(worker.output(), [...keys(), canary])).toEqual([]);
});

test('neither a key nor a value is in a store', async () => {
  for (const store of [primary(), vault()]) {
    for (const { key, sizeBytes } of await store.list('', signal)) {
      const bytes = Buffer.alloc(sizeBytes);
      await store.read(key, 0, bytes, signal);
      expect(foundIn(bytes.toString('latin1'), [...keys(), canary])).toEqual([]);
    }
  }
});

test('with the take its keys are gone, and nothing else of the run is left', async () => {
  expect(await scene.leftovers()).toEqual([]);
});

test('on a node without zstd the snapshot is stored as it is, sealed, and the run says so', async () => {
  const node = scene.cluster.node();
  await node.writeFile('/usr/local/bin/zstd', '#!/bin/sh\nexit 1\n', 0o755);
  result = await (await scene.start()).result();
  expect(result.warnings).toEqual([
    'stored without compression in primary: zstd on the node ended with 1',
  ]);
  expect(snapshotOf().key).toMatch(/\.db\.age$/);
  expect(snapshotOf()).not.toHaveProperty('compression');
  const file = snapshotOf();
  const { digests } = await openByHand(await fetchStored(file), file, readers[0]!);
  expect(digests).toEqual([file.storedSha256, file.sha256]);
});
