import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { fillEtcd } from '../../../demo/fill-etcd.ts';
import { changeRootStep } from '../../../src/activities/change-root.ts';
import { exportEnvironmentStep } from '../../../src/activities/export-environment.ts';
import { runBackupScriptStep } from '../../../src/activities/run-backup-script.ts';
import type { StepContext } from '../../../src/activities/step.ts';
import { verifySnapshotStep } from '../../../src/activities/verify-snapshot.ts';
import { defineConfig } from '../../../src/config/parse.ts';
import { policyOf } from '../../../src/config/policy.ts';
import { createResolver } from '../../../src/config/resolve.ts';
import type {
  NodeFacts,
  ScriptRun,
  SnapshotVerification,
  TakeContext,
} from '../../../src/contracts/index.ts';
import { startEtcd, startStandInCluster } from '../../../src/testing/index.ts';
import type { StandInCluster, StandInClusterOptions } from '../../../src/testing/index.ts';
import { temporaryDirectory } from '../../../src/testing/temporary-directory.ts';
import { toolPath } from '../../../tools/paths.mjs';

/** A node of one OpenShift release with a real etcd, and the steps of takes on it. */
export interface ReleaseScene extends AsyncDisposable {
  readonly cluster: StandInCluster;
  readonly context: StepContext;
  /** Goes to the node, proxy variables included, and runs the script of a take of its own. */
  runTake(): Promise<RanTake>;
  /** Verifies the files that a take left. */
  verify(take: RanTake): Promise<SnapshotVerification>;
}

/** A take whose script ended. */
export interface RanTake {
  readonly input: TakeContext;
  readonly node: NodeFacts;
  readonly script: ScriptRun;
}

export async function openReleaseScene(
  version: string,
  options: StandInClusterOptions = {},
): Promise<ReleaseScene> {
  const parts = new AsyncDisposableStack();
  const directory = await temporaryDirectory('release');
  parts.defer(async () => await rm(directory, { recursive: true, force: true }));
  const etcd = await startEtcd({ etcd: toolPath('etcd') });
  parts.defer(async () => await etcd.close());
  await fillEtcd(etcd.endpoint, 200);
  const tools = { etcdctl: toolPath('etcdctl'), etcdutl: toolPath('etcdutl') };
  const cluster = await startStandInCluster({ version, etcd, tools, ...options });
  parts.defer(async () => await cluster.close());

  await mkdir(join(directory, 'primary'));
  const config = defineConfig({
    clusters: {
      demo: {
        kubeconfig: { file: cluster.kubeconfigPath },
        stores: { snapshot: 'primary', staticKubeResources: 'primary' },
      },
    },
    stores: { primary: { directory: join(directory, 'primary') } },
  });
  const context: StepContext = {
    resolver: createResolver(config),
    signal: new AbortController().signal,
    report: () => undefined,
    cancelRequested: () => false,
  };
  const policy = { ...policyOf(config, 'demo', {}), noProgressMs: 20_000 };
  const run = { name: 'abcdefghijkl', id: '20260101T000000Z-abcdefghijkl', cluster: 'demo' };
  let takes = 0;
  const nextTake = (): TakeContext => {
    takes += 1;
    const nodeName = 'master-0';
    const session = {
      namespace: policy.namespace,
      podName: `etcd-backup-${run.name}-${takes}`,
      nodeName,
      image: cluster.objects.nodes[0]?.status.images[0]?.names[0] ?? '',
      activeDeadlineSeconds: 600,
    };
    const take = {
      number: takes,
      nodeName,
      directory: `${policy.backupDirectory}/${run.name}-${takes}`,
    };
    return { run, policy, take, session };
  };

  return {
    cluster,
    context,
    async runTake() {
      const input = nextTake();
      const facts = { openshiftVersion: version, overrides: [] };
      const node = await changeRootStep({ ...input, facts }, context);
      await exportEnvironmentStep(input, context);
      return { input, node, script: await runBackupScriptStep({ ...input, node }, context) };
    },
    async verify({ input, node, script }) {
      if (script.outcome !== 'succeeded')
        throw new Error(`the script ${script.outcome}: ${script.observed}`);
      return await verifySnapshotStep({ ...input, node, script }, context);
    },
    [Symbol.asyncDispose]: async () => await parts.disposeAsync(),
  };
}
