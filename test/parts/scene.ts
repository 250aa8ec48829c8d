import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';

import { fillEtcd } from '../../demo/fill-etcd.ts';
import { startBackup } from '../../src/index.ts';
import type { BackupRequest, BackupWorkflow, ConfigInput, Step } from '../../src/index.ts';
import { startEtcd, startStandInCluster, waitUntil } from '../../src/testing/index.ts';
import type {
  RunningEtcd,
  StandInCluster,
  StandInClusterOptions,
} from '../../src/testing/index.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { toolPath } from '../../tools/paths.mjs';
import { startTemporal } from '../../tools/start-temporal.ts';
import type { RunningTemporal } from '../../tools/start-temporal.ts';
import { filesBelow } from './files-below.ts';
import { startWorker } from './start-worker.ts';
import type { WorkerProcess } from './start-worker.ts';

/** Everything a backup needs: real Temporal, real etcd, a stand-in cluster, two directory stores. */
export interface Scene {
  readonly temporal: RunningTemporal;
  readonly etcd: RunningEtcd;
  readonly cluster: StandInCluster;
  readonly client: Client;
  readonly directory: string;
  readonly configFile: string;
  readonly stores: { readonly primary: string; readonly vault: string };
  startWorker(): Promise<WorkerProcess>;
  /** Starts a backup of cluster `demo`. */
  start(request?: Partial<BackupRequest>): Promise<WorkflowHandle<BackupWorkflow>>;
  /** Resolves once the run is in this step, and the step's activity has begun on a worker. */
  inStep(handle: WorkflowHandle<BackupWorkflow>, step: Step): Promise<void>;
  /** What of ours there is anywhere: pods, leases, take directories, unfinished uploads. */
  leftovers(): Promise<readonly string[]>;
  /** The files in a store, relative to it, without unfinished uploads. */
  stored(store: 'primary' | 'vault'): Promise<readonly string[]>;
  /** Makes a step wait, `before` or `after` its work; resolves once it waits. Workers that run already do so too. */
  hold(step: Step, when: 'before' | 'after'): Promise<{ held: Promise<unknown> }>;
  /** Lets the step go on. */
  release(): Promise<void>;
  /** Kills the server as a crash would, and starts it again on its file and port. */
  restartTemporal(): Promise<void>;
}

export interface SceneOptions extends StandInClusterOptions {
  readonly keys?: number;
  /** More keys of the cluster's configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The keys of the manifests' signature, as a configuration names them. */
  readonly signing?: ConfigInput['signing'];
  /** Temporal keeps its state in a file, so that it can be killed and started again. */
  readonly durable?: boolean;
}

/** Opens a scene, runs `act` in it, and takes everything down again. */
export async function openScene(options: SceneOptions = {}): Promise<Scene & AsyncDisposable> {
  const parts = new AsyncDisposableStack();
  try {
    const scene = await build(parts, options);
    return Object.assign(scene, { [Symbol.asyncDispose]: async () => await parts.disposeAsync() });
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

async function build(
  parts: AsyncDisposableStack,
  { keys = 500, config = {}, signing, durable = false, ...options }: SceneOptions,
): Promise<Scene> {
  const directory = await temporaryDirectory('scene');
  parts.defer(async () => await rm(directory, { recursive: true, force: true }));
  const databaseFile = durable ? { databaseFile: join(directory, 'temporal.db') } : {};
  let temporal = await startTemporal(databaseFile);
  parts.defer(async () => await temporal.kill());
  const etcd = await startEtcd({ etcd: toolPath('etcd') });
  parts.defer(async () => await etcd.close());
  await fillEtcd(etcd.endpoint, keys);
  const tools = { etcdctl: toolPath('etcdctl'), etcdutl: toolPath('etcdutl') };
  const cluster = await startStandInCluster({ etcd, tools, ...options });
  parts.defer(async () => await cluster.close());

  const stores = { primary: join(directory, 'primary'), vault: join(directory, 'vault') };
  await Promise.all(Object.values(stores).map(async (store) => await mkdir(store)));
  const configFile = join(directory, 'etcd-backup.yaml');
  const demo = {
    kubeconfig: { file: cluster.kubeconfigPath },
    stores: { snapshot: 'primary', staticKubeResources: 'vault' },
    heartbeatTimeout: '2s',
    ...config,
  };
  // JSON is YAML too.
  const text = JSON.stringify({
    clusters: { demo },
    stores: { primary: { directory: stores.primary }, vault: { directory: stores.vault } },
    signing,
  });
  await writeFile(configFile, text);

  const { address } = temporal;
  const connection = await Connection.connect({ address });
  parts.defer(async () => await connection.close());
  const client = new Client({ connection });

  return {
    temporal,
    etcd,
    cluster,
    client,
    directory,
    configFile,
    stores,
    async startWorker() {
      const worker = await startWorker([configFile, address, directory]);
      parts.defer(async () => await worker.kill());
      return worker;
    },
    start: async (request = {}) =>
      (await startBackup(client, { cluster: 'demo', ...request })).handle,
    async inStep(handle, step) {
      await waitUntil(`step ${step}`, async () => await isInStep(handle, step), 60_000);
    },
    leftovers: async () => await leftovers(cluster, stores),
    stored: async (store) =>
      (await filesBelow(stores[store])).filter((name) => !name.startsWith('.uploads')),
    async hold(step, when) {
      const point = `${step} ${when}`;
      await rm(join(directory, 'held'), { force: true });
      await writeFile(join(directory, 'hold'), point);
      const isHeld = async () =>
        (await readFile(join(directory, 'held'), 'utf8').catch(() => '')) === point
          ? true
          : undefined;
      return {
        held: waitUntil(`step held ${point}`, isHeld, 60_000),
      };
    },
    release: async () => await rm(join(directory, 'hold'), { force: true }),
    async restartTemporal() {
      await temporal.kill();
      const port = Number(address.split(':')[1]);
      temporal = await startTemporal({ ...databaseFile, port });
    },
  };
}

async function isInStep(
  handle: WorkflowHandle<BackupWorkflow>,
  step: Step,
): Promise<true | undefined> {
  const { raw, status } = await handle.describe();
  if (status.name !== 'RUNNING') throw new Error(`the run ended before ${step}: ${status.name}`);
  const begun = raw.pendingActivities?.some(
    ({ activityType, lastStartedTime }) =>
      activityType?.name === `etcdBackup.${step}` && lastStartedTime != null,
  );
  return begun === true ? true : undefined;
}

async function leftovers(
  cluster: StandInCluster,
  stores: Scene['stores'],
): Promise<readonly string[]> {
  const { pods, leases } = cluster.objects;
  const ours = [...pods.values(), ...leases.values()]
    .filter(({ metadata }) => metadata.namespace === cluster.namespace)
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const directories = await Promise.all(
    cluster.nodes.map(async (node) => await node.find('/home/core/assets/backup')),
  );
  const uploads = await Promise.all(
    Object.values(stores).map(async (store) => await filesBelow(join(store, '.uploads'))),
  );
  return [...ours, ...directories.flat(), ...uploads.flat()];
}

/** A stored file, whole. */
export async function readStored(store: string, key: string): Promise<Buffer> {
  return await readFile(join(store, key));
}
