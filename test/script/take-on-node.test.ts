import { describe, expect, test } from 'vitest';

import { changeRootStep } from '../../src/activities/change-root.ts';
import { debugContainer } from '../../src/node/debug-pod.ts';
import { inspectNode } from '../../src/script/inspect-node.ts';
import { makeTakeDirectory } from '../../src/script/make-take-directory.ts';
import { removeTakeDirectory } from '../../src/script/remove-take-directory.ts';
import { runExec } from '../../src/kubernetes/run-exec.ts';
import type { NodeShell } from '../../src/node/node-shell.ts';
import { useSteps } from '../activities/step-bench.ts';

const { signal } = new AbortController();
const openshiftVersion = '4.16.20';

describe('before the script is started', () => {
  const bench = useSteps();
  const changeRoot = async () =>
    await changeRootStep({ ...bench.input, openshiftVersion }, bench.context);
  const modeOf = async (path: string) =>
    (await bench.cluster.node().run(['stat', '-c', '%a', path])).stdout.trim();

  test("the take's directory is made, for root alone", async () => {
    expect(await changeRoot()).toMatchObject({
      script: { path: '/usr/local/bin/cluster-backup.sh', release: '4.6' },
    });
    expect(await modeOf(bench.paths.root)).toBe('700');
    await changeRoot();
    expect(await modeOf(bench.paths.root)).toBe('700');
  });

  test("a shell that does not stand in the node's own root is refused", async () => {
    await bench.shell();
    const { namespace, podName, nodeName } = bench.input.session;
    const target = { namespace, podName, nodeName, container: debugContainer };
    const connection = { kubeconfig: { file: bench.cluster.kubeconfigPath } };
    // The pod's own file system: what a chroot that leads nowhere would give.
    const inPod: Pick<NodeShell, 'run'> = {
      run: async (argv) => await runExec(connection, target, argv, { maxBytes: 65_536, signal }),
    };
    const shell = { ...(await bench.shell()), ...inPod };
    const { take } = bench.input;
    await inPod.run(['mkdir', '-p', take.directory]);
    await expect(inspectNode(shell, take, openshiftVersion, signal)).rejects.toMatchObject({
      type: 'NodeUnfit',
      nonRetryable: true,
      message: expect.stringContaining("does not lead to the node's own root"),
    });
  });

  test('a node without the script is refused', async () => {
    const node = bench.cluster.node();
    const path = '/usr/local/bin/cluster-backup.sh';
    await node.run(['chmod', '0644', path]);
    await expect(changeRoot()).rejects.toMatchObject({ type: 'ScriptMissing', nonRetryable: true });
    await node.run(['chmod', '0755', path]);
    await changeRoot();
  });

  test('a node with too little space is refused, with what is free and what it takes', async () => {
    const node = bench.cluster.node();
    await node.fillDisk({ leaveBytes: 8 * 1024 * 1024 });
    await expect(changeRoot()).rejects.toMatchObject({
      type: 'NodeDiskFull',
      nonRetryable: true,
      message: expect.stringMatching(/MiB are free, expected 16.*MiB/),
    });
    await node.freeDisk();
    await changeRoot();
  });

  test('nothing but the directory of a take is ever removed', async () => {
    const shell = await bench.shell();
    const { take } = bench.input;
    await makeTakeDirectory(shell, take, signal);
    for (const directory of ['/home/core/assets/backup', '/', `${take.directory}/..`, '']) {
      await expect(
        removeTakeDirectory(shell, { ...take, directory }, signal),
      ).rejects.toMatchObject({ type: 'ConfigInvalid', nonRetryable: true });
    }
    expect(await modeOf(take.directory)).toBe('700');
    await removeTakeDirectory(shell, take, signal);
    await removeTakeDirectory(shell, take, signal);
    expect(await bench.cluster.node().find('/home/core/assets/backup')).not.toContain(
      take.directory,
    );
  });
});
