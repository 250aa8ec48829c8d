import { expect, onTestFinished, test } from 'vitest';

import { clusterApi } from '../../src/kubernetes/api.ts';
import { debugPodShell } from '../../src/node/debug-pod-shell.ts';
import { debugSession } from '../../src/contracts/debug-session.ts';
import { endDebugPod, ensureDebugPod } from '../../src/node/debug-session.ts';
import { startStandInCluster, waitUntil } from '../../src/testing/index.ts';
import { nodeShellConformance } from './conformance.ts';
import { failureOf } from './shell-bench.ts';
import type { ShellUnderTest } from './shell-bench.ts';

const owner = { run: 'abcdefghijkl', cluster: 'prod-eu', take: 1 };
const signal = new AbortController().signal;

nodeShellConformance('the debug pod', startShell, { pod: true });

async function startShell(): Promise<ShellUnderTest> {
  const { cluster, connection, session } = await startPod();
  return {
    shell: debugPodShell(connection, session),
    directory: '/home/core',
    breakConnections: () => void cluster.faults.cutExecs(),
    reboot: async () => {
      await cluster.node().reboot();
      await ensureDebugPod(clusterApi(connection), session, owner, { signal });
      return debugPodShell(connection, session);
    },
    close: async () => {
      await endDebugPod(clusterApi(connection), session, owner, { signal });
      await cluster.close();
    },
  };
}

async function startPod() {
  const cluster = await startStandInCluster();
  const connection = { kubeconfig: { file: cluster.kubeconfigPath } };
  const session = debugSession(owner, {
    namespace: cluster.namespace,
    nodeName: 'master-0',
    image: cluster.objects.nodes[0]?.status.images[0]?.names[0] ?? '',
    activeDeadlineSeconds: 600,
  });
  await ensureDebugPod(clusterApi(connection), session, owner, { signal });
  return { cluster, connection, session };
}

test('a command that dies with its pod is a lost one, not one that was killed', async () => {
  const { cluster, connection, session } = await startPod();
  onTestFinished(async () => await cluster.close());
  const shell = debugPodShell(connection, session);
  const running = failureOf(shell.run(['sh', '-c', ': > /home/core/started; exec sleep 60']));
  await waitUntil('the command', async () =>
    (await cluster.node().find('/home/core')).find((path) => path.endsWith('/started')),
  );
  await cluster.faults.killPod(session.namespace, session.podName, 'DeadlineExceeded');
  expect(await running).toMatchObject({ type: 'NodeUnreachable', nonRetryable: false });
  expect(await failureOf(shell.run(['true']))).toMatchObject({ type: 'NodeUnreachable' });
});

test('a session that cannot be one reaches no cluster', () => {
  const connection = { kubeconfig: { file: '/nowhere' } };
  const session = {
    namespace: 'etcd-backup',
    podName: '../pods/x',
    nodeName: 'master-0',
    image: 'quay.test/etcd@sha256:0',
    activeDeadlineSeconds: 600,
  };
  expect(() => debugPodShell(connection, session)).toThrow(/debug session: podName/);
});

test.each([[[]], [['']], [['-x']], [['A=B', 'true']]])(
  '%j is no command, which is said before anything is asked of the node',
  async (argv) => {
    const session = debugSession(owner, {
      namespace: 'etcd-backup',
      nodeName: 'master-0',
      image: 'quay.test/etcd@sha256:0',
      activeDeadlineSeconds: 600,
    });
    const shell = debugPodShell({ kubeconfig: { file: '/nowhere' } }, session);
    await expect(shell.run(argv)).rejects.toThrow(TypeError);
    await expect(shell.open(argv, { signal })).rejects.toThrow(TypeError);
  },
);
