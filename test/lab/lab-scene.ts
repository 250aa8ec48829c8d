import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';

import { labDown, labUp } from '../../lab/index.ts';
import type { Lab } from '../../lab/index.ts';
import { startBackup } from '../../src/index.ts';
import type { BackupRequest, BackupWorkflow, ClusterInput } from '../../src/index.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { startTemporal } from '../../tools/start-temporal.ts';
import { filesBelow } from '../parts/files-below.ts';
import { startWorker } from '../parts/start-worker.ts';
import type { WorkerProcess } from '../parts/start-worker.ts';
import { labCluster } from './lab-cluster.ts';
import type { LabCluster } from './lab-cluster.ts';
import { labNode } from './lab-node.ts';
import type { LabNode } from './lab-node.ts';

/** A backup on real parts: the lab's API server, kubelet and etcd, a real Temporal server, two directory stores. */
export interface LabScene extends AsyncDisposable {
  readonly lab: Lab;
  readonly node: LabNode;
  readonly cluster: LabCluster;
  readonly client: Client;
  readonly directory: string;
  readonly stores: { readonly primary: string; readonly vault: string };
  /** A worker that may do in the cluster what a backup needs, and nothing else. */
  startWorker(): Promise<WorkerProcess>;
  /** Starts a backup of cluster `lab`, or of another one of its configuration. */
  start(
    cluster?: 'lab' | 'stranger',
    request?: Omit<BackupRequest, 'cluster'>,
  ): Promise<WorkflowHandle<BackupWorkflow>>;
  /** What of ours there is anywhere: pods, leases, files of takes, unfinished uploads. */
  leftovers(): Promise<readonly string[]>;
}

export interface LabSceneOptions {
  /** The bearer token with which cluster `stranger` is reached: the lab too, and the API server does not know it. */
  readonly strangersToken?: string;
  /** The way to the node of cluster `lab`; a directory for what it takes. @default a debug pod */
  readonly wayIn?: (lab: Lab, directory: string) => Promise<Pick<ClusterInput, 'access' | 'ssh'>>;
}

/** Brings up a lab of this checkout, whatever there was, and opens a scene on it; disposing takes both down. */
export async function openLabScene(options: LabSceneOptions = {}): Promise<LabScene> {
  const parts = new AsyncDisposableStack();
  try {
    await labDown();
    parts.defer(async () => await labDown());
    return await build(parts, await labUp(), options);
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

async function build(
  parts: AsyncDisposableStack,
  lab: Lab,
  { strangersToken = 'nobody', wayIn = async () => ({}) }: LabSceneOptions,
): Promise<LabScene> {
  const directory = await temporaryDirectory('lab-scene');
  parts.defer(async () => await rm(directory, { recursive: true, force: true }));
  const temporal = await startTemporal();
  parts.defer(async () => await temporal.kill());
  const connection = await Connection.connect({ address: temporal.address });
  parts.defer(async () => await connection.close());
  const client = new Client({ connection });

  const stores = { primary: join(directory, 'primary'), vault: join(directory, 'vault') };
  await Promise.all(Object.values(stores).map(async (store) => await mkdir(store)));
  const cluster = labCluster(lab);
  const strangersKubeconfig = join(directory, 'stranger.kubeconfig');
  await writeFile(strangersKubeconfig, cluster.kubeconfigWith(strangersToken), { mode: 0o600 });
  const common = {
    stores: { snapshot: 'primary', staticKubeResources: 'vault' },
    heartbeatTimeout: '2s',
  };
  const config = {
    clusters: {
      lab: {
        ...common,
        kubeconfig: { file: lab.backupKubeconfigPath },
        ...(await wayIn(lab, directory)),
      },
      stranger: { ...common, kubeconfig: { file: strangersKubeconfig } },
    },
    stores: { primary: { directory: stores.primary }, vault: { directory: stores.vault } },
  };
  const configFile = join(directory, 'etcd-backup.yaml');
  // JSON is YAML too.
  await writeFile(configFile, JSON.stringify(config));

  const node = labNode(lab);
  return {
    lab,
    node,
    cluster,
    client,
    directory,
    stores,
    async startWorker() {
      const worker = await startWorker([configFile, temporal.address, directory]);
      parts.defer(async () => await worker.kill());
      return worker;
    },
    start: async (name = 'lab', request = {}) =>
      (await startBackup(client, { ...request, cluster: name })).handle,
    async leftovers() {
      const uploads = await Promise.all(
        Object.values(stores).map(async (store) => await filesBelow(join(store, '.uploads'))),
      );
      return [...(await cluster.objects()), ...(await node.takes()), ...uploads.flat()];
    },
    [Symbol.asyncDispose]: async () => await parts.disposeAsync(),
  };
}
