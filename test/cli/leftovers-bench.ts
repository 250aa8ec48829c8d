import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

import { clusterApi } from '../../src/kubernetes/api.ts';
import { acquireLease } from '../../src/kubernetes/lease.ts';
import { debugSession } from '../../src/contracts/debug-session.ts';
import { ensureDebugPod } from '../../src/node/debug-session.ts';
import type { BackupStore } from '../../src/store/backup-store.ts';
import { createDirectoryStore } from '../../src/store/directory-store.ts';
import { startStandInCluster } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { takesOnNode } from '../script/take-directories.ts';
import type { TakesOnNode } from '../script/take-directories.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const { signal } = new AbortController();

/** A stand-in cluster and two stores, with what dead runs can leave in them, and the command that looks for it. */
export interface LeftoversBench {
  readonly cluster: StandInCluster;
  readonly takes: TakesOnNode;
  readonly directory: string;
  /** A debug pod of this run, running. */
  pod(run: string): Promise<void>;
  /** The lease, held by this run; renewed so many minutes ago. */
  lease(run: string, renewedMinutesAgo: number): Promise<void>;
  /** An unfinished upload of this run. */
  upload(run: string): Promise<void>;
  /** An unfinished upload to this key. */
  uploadOf(key: string): Promise<void>;
  /** All of these of one dead run. */
  everything(run: string): Promise<void>;
  /** What of ours there is anywhere, sorted. */
  left(): Promise<readonly string[]>;
  /** The arguments that make node run the command, and its environment. */
  readonly command: Command;
  /** Runs the command `cleanup demo` to its end, without a terminal. */
  cleanup(...argv: string[]): Promise<Ended>;
}

export interface Command {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

/** `temporal`: the address that the command is told; by default nobody answers there. */
export function useLeftovers(temporal: () => string = () => '127.0.0.1:1'): LeftoversBench {
  let cluster: StandInCluster;
  let directory: string;
  const takes = takesOnNode(() => cluster.node());
  const store = (): BackupStore =>
    createDirectoryStore({ name: 'primary', directory: join(directory, 'primary') });
  const api = () => clusterApi({ kubeconfig: { file: cluster.kubeconfigPath } });

  beforeAll(async () => {
    cluster = await startStandInCluster();
  });
  afterAll(async () => await cluster?.close());
  beforeEach(async () => {
    directory = await temporaryDirectory('leftovers');
    await mkdir(join(directory, 'primary'));
    await mkdir(join(directory, 'vault'));
    const demo = {
      kubeconfig: { file: cluster.kubeconfigPath },
      stores: { snapshot: 'primary', staticKubeResources: 'vault' },
    };
    const stores = { primary: { directory: 'primary' }, vault: { directory: 'vault' } };
    const text = JSON.stringify({ clusters: { demo }, stores });
    await writeFile(join(directory, 'etcd-backup.yaml'), text);
  });
  afterEach(async () => {
    cluster.faults.removeAll();
    await takes.clear();
    for (const { namespace, name } of ourPods(cluster))
      await cluster.faults.killPod(namespace, name);
    cluster.objects.leases.length = 0;
    const others = cluster.objects.pods.filter(
      (pod) => pod.metadata.namespace !== cluster.namespace,
    );
    cluster.objects.pods.splice(0, Infinity, ...others);
    await rm(directory, { recursive: true, force: true });
  });

  return {
    get cluster() {
      return cluster;
    },
    get directory() {
      return directory;
    },
    takes,
    async pod(run) {
      const owner = { run, cluster: 'demo', take: 1 };
      const session = debugSession(owner, {
        namespace: cluster.namespace,
        nodeName: 'master-0',
        image: cluster.objects.nodes[0]?.status.images[0]?.names[0] ?? '',
        activeDeadlineSeconds: 600,
      });
      await ensureDebugPod(api(), session, owner, { signal });
    },
    async lease(run, renewedMinutesAgo) {
      await acquireLease(api(), { namespace: cluster.namespace, run, cluster: 'demo' }, signal);
      const [lease] = cluster.objects.leases;
      if (lease === undefined) throw new Error('no lease');
      const renewed = new Date(Date.now() - renewedMinutesAgo * 60_000).toISOString();
      lease.spec.renewTime = renewed.replace('Z', '000Z');
    },
    async upload(run) {
      await this.uploadOf(`demo/20260101T010000Z-${run}/snapshot.db`);
    },
    async uploadOf(key) {
      await store().begin({ key, sizeBytes: 10, partSizeBytes: 10 }, signal);
    },
    async everything(run) {
      await this.lease(run, 20);
      await this.pod(run);
      await takes.dead(`${run}-1`);
      await this.upload(run);
    },
    async left() {
      const uploads = await store().listUploads('', signal);
      return [
        ...ourPods(cluster).map(({ name }) => `pod ${name}`),
        ...cluster.objects.leases.map(({ spec }) => `lease of ${spec.holderIdentity}`),
        ...(await takes.names()).map((name) => `directory ${name}`),
        ...uploads.map(({ key }) => `upload ${key}`),
      ].sort();
    },
    get command() {
      const config = join(directory, 'etcd-backup.yaml');
      return {
        argv: [process.execPath, main, 'cleanup', 'demo', '--config', config],
        env: { PATH: process.env['PATH'], HOME: directory, TEMPORAL_ADDRESS: temporal() },
      };
    },
    async cleanup(...more) {
      const { argv, env } = this.command;
      const [file = '', ...rest] = argv;
      const options = { env, extendEnv: false, reject: false, stdin: 'ignore' } as const;
      const { stdout, stderr, exitCode } = await execa(file, [...rest, ...more], options);
      return { stdout, stderr, exitCode };
    },
  };
}

function ourPods({ objects, namespace }: StandInCluster): readonly {
  readonly namespace: string;
  readonly name: string;
}[] {
  return objects.pods
    .filter(({ metadata }) => metadata.namespace === namespace)
    .map(({ metadata }) => ({ namespace, name: metadata.name }));
}
