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
  const facts = { openshiftVersion, overrides: [] };
  const changeRoot = async () => await changeRootStep({ ...bench.input, facts }, bench.context);
  const inspect = async (proposed?: string) =>
    await inspectNode(await bench.shell(), bench.input.take, proposed, signal);
  const modeOf = async (path: string) =>
    (await bench.cluster.node().run(['stat', '-c', '%a', path])).stdout.trim();

  test("the take's directory is made, for root alone", async () => {
    expect(await changeRoot()).toMatchObject({
      script: { path: '/usr/local/bin/cluster-backup.sh', release: '4.13' },
    });
    expect(await modeOf(bench.paths.root)).toBe('700');
    await changeRoot();
    expect(await modeOf(bench.paths.root)).toBe('700');
  });

  test("a shell that does not stand in the node's own root is refused", async () => {
    await bench.shell();
    const { namespace, podName, nodeName } = bench.input.session!;
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

  test('a node without the script is refused, and nothing is made on it', async () => {
    const node = bench.cluster.node();
    const path = '/usr/local/bin/cluster-backup.sh';
    await node.run(['chmod', '0644', path]);
    await expect(changeRoot()).rejects.toMatchObject({ type: 'ScriptMissing', nonRetryable: true });
    await node.run(['chmod', '0755', path]);
    expect(await node.find('/home/core/assets/backup')).not.toContain(bench.paths.root);
    await changeRoot();
  });

  test('the space is that of the file system on which the files will be', async () => {
    const node = bench.cluster.node();
    expect(await node.find('/home/core/assets')).not.toContain(bench.paths.root);
    const { freeBytes, totalBytes } = await inspect(openshiftVersion);
    const { stdout } = await node.run(['df', '-Pk', '/var']);
    const [, total] = stdout.trim().split('\n').at(-1)?.split(/\s+/) ?? [];
    expect(totalBytes).toBe(Number(total) * 1024);
    await node.fillDisk({ leaveBytes: 8 * 1024 * 1024 });
    expect((await inspect(openshiftVersion)).freeBytes).toBeLessThan(freeBytes);
    await node.freeDisk();
  });

  test('every tool that is missing is named', async () => {
    const shell = await bench.shell();
    const without: NodeShell = {
      ...shell,
      run: async (argv, options) =>
        await shell.run(
          [
            ...argv.slice(0, 2),
            `command() { case "$2" in dd|setsid|openssl) return 1 ;; esac; }\n${argv[2]}`,
            ...argv.slice(3),
          ],
          options,
        ),
    };
    const inspected = await inspectNode(without, bench.input.take, openshiftVersion, signal);
    expect(inspected).toMatchObject({ missingTools: ['dd', 'setsid'], digestTool: 'sha256sum' });
    expect((await inspect(openshiftVersion)).missingTools).toEqual([]);
  });

  test('the script on the node says whose contract holds, whatever the version promises', async () => {
    const node = bench.cluster.node();
    const oldScript = '/usr/local/bin/etcd-snapshot-backup.sh';
    const newScript = '/usr/local/bin/cluster-backup.sh';
    const original = await node.readFile(newScript);
    await node.writeFile(newScript, '#!/bin/sh\necho static_kuberesources_\n', 0o755);
    expect(await inspect(openshiftVersion)).toMatchObject({
      script: { path: newScript, release: '4.4' },
      warnings: [expect.stringContaining('behaves like that of 4.4')],
    });
    await node.writeFile(oldScript, '#!/bin/sh\necho snapshot_db_kuberesources_\n', 0o755);
    expect(await inspect('4.3.1')).toMatchObject({ script: { path: oldScript, release: '4.3.0' } });
    await node.remove(oldScript);
    await node.writeFile(newScript, original, 0o755);
    expect(await inspect(openshiftVersion)).toMatchObject({ script: { release: '4.13' } });
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
