import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

import type { StepContext } from '../../src/activities/step.ts';
import type { Config } from '../../src/config/config.ts';
import { defineConfig } from '../../src/config/parse.ts';
import { policyOf } from '../../src/config/policy.ts';
import { createResolver } from '../../src/config/resolve.ts';
import type { TakeContext } from '../../src/contracts/index.ts';
import type { NodeShell } from '../../src/node/node-shell.ts';
import { takeDirectory } from '../../src/script/take-directory.ts';
import type { TakeDirectory } from '../../src/script/take-directory.ts';
import { startStandInCluster } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';

/** A stand-in cluster, two directory stores, and for each test a take of its own: all that a step works with. */
export interface StepBench {
  readonly cluster: StandInCluster;
  readonly config: Config;
  /** What a step is given besides its input. */
  readonly context: StepContext;
  /** What a step on the node is given; its directory is not made yet. */
  readonly input: TakeContext;
  readonly paths: TakeDirectory;
  readonly stores: { readonly primary: string; readonly vault: string };
  /** The shell that the steps get, through the take's debug pod. */
  shell(): Promise<NodeShell>;
  /** Makes the take's directory. */
  makeTake(): Promise<void>;
  /** Puts a program in the place of the vendor's script. */
  putScript(body: string): Promise<void>;
}

/** What the vendor's script is called on the node. */
const scriptPath = '/usr/local/bin/cluster-backup.sh';

export function useSteps(): StepBench {
  let cluster: StandInCluster;
  let config: Config;
  let directory: string;
  let takes = 0;
  const stores = () => ({ primary: join(directory, 'primary'), vault: join(directory, 'vault') });

  beforeAll(async () => {
    cluster = await startStandInCluster();
  });
  afterAll(async () => await cluster?.close());

  beforeEach(async () => {
    takes += 1;
    directory = await temporaryDirectory('steps');
    for (const store of Object.values(stores())) await mkdir(store);
    config = defineConfig({
      clusters: {
        demo: {
          kubeconfig: { file: cluster.kubeconfigPath },
          stores: { snapshot: 'primary', staticKubeResources: 'vault' },
        },
      },
      stores: {
        primary: { directory: stores().primary },
        vault: { directory: stores().vault },
      },
    });
  });
  afterEach(async () => {
    cluster.faults.removeAll();
    await rm(directory, { recursive: true, force: true });
  });

  return {
    get cluster() {
      return cluster;
    },
    get config() {
      return config;
    },
    get stores() {
      return stores();
    },
    get context() {
      return {
        resolver: createResolver(config),
        signal: new AbortController().signal,
        report: () => undefined,
        cancelRequested: () => false,
      };
    },
    get input() {
      const policy = policyOf(config, 'demo', {});
      const run = { name: 'abcdefghijkl', id: '20260101T000000Z-abcdefghijkl', cluster: 'demo' };
      return {
        run,
        policy,
        take: {
          number: takes,
          nodeName: 'master-0',
          directory: `${policy.backupDirectory}/${run.name}-${takes}`,
        },
        session: {
          namespace: policy.namespace,
          podName: `etcd-backup-${run.name}-${takes}`,
          nodeName: 'master-0',
          image: cluster.objects.nodes[0]?.status.images[0]?.names[0] ?? '',
          activeDeadlineSeconds: 600,
        },
      };
    },
    get paths() {
      return takeDirectory(this.input.take);
    },
    async shell() {
      const { resolver, signal } = this.context;
      return await resolver.cluster('demo').node.open(this.input, signal);
    },
    async makeTake() {
      const { directory } = this.input.take;
      await cluster.node().run(['mkdir', '-p', '-m', '0700', directory]);
    },
    putScript: async (body) => await cluster.node().writeFile(scriptPath, body, 0o755),
  };
}
