import { describe, expect, test } from 'vitest';

import type { BackupPolicy, NodeFacts } from '../../src/contracts/index.ts';
import { followScript } from '../../src/script/follow-script.ts';
import { inspectNode } from '../../src/script/inspect-node.ts';
import { observeScript } from '../../src/script/observe-script.ts';
import { waitUntil } from '../../src/testing/index.ts';
import { useSteps } from '../activities/step-bench.ts';

const { signal } = new AbortController();
const mebibyte = 1024 * 1024;

describe('following the script of a take', () => {
  const bench = useSteps();
  const node = () => bench.cluster.node();
  const follow = async (facts: Partial<NodeFacts> = {}, policy: Partial<BackupPolicy> = {}) => {
    const { input } = bench;
    const inspected = await inspectNode(await bench.shell(), input.take, '4.16.20', signal);
    const known = { leastFreeBytes: 0, openshiftVersion: '4.16.20', guards: [], ...inspected };
    return await followScript(
      async () => await bench.shell(),
      { ...input, policy: { ...input.policy, ...policy }, node: { ...known, ...facts } },
      { signal, report: () => undefined },
    );
  };
  const release = (name: string) => ({
    script: { path: '/usr/local/bin/cluster-backup.sh', release: name, sha256: '' },
  });

  test('it is stopped before it takes the last space from etcd, and says what was free', async () => {
    await bench.makeTake();
    await bench.putScript(
      '#!/bin/sh\necho static_kuberesources_\nsleep 1000 &\nsleep 12\nexit 77\n',
    );
    const shell = await bench.shell();
    const { take } = bench.input;
    const followed = follow({ leastFreeBytes: 12 * mebibyte }).then(undefined, (error) => error);
    await waitUntil('the script', async () => {
      const { state } = await observeScript(shell, take, signal);
      return state === 'running' ? true : undefined;
    });
    await node().fillDisk({ leaveBytes: 8 * mebibyte });
    expect(await followed).toMatchObject({
      type: 'NodeDiskFull',
      nonRetryable: true,
      message: expect.stringMatching(
        /stopped.* (7\.9|8\.0) MiB are free.* expected at least 12\.0 MiB/,
      ),
    });
    // Another worker that follows it too begins a new take.
    expect(await follow()).toMatchObject({ outcome: 'died' });
    const { stdout } = await node().run(['sh', '-c', 'readlink /proc/[0-9]*/cwd']);
    expect(stdout).not.toContain(bench.paths.root);
    await node().freeDisk();
  });

  test('it goes on with little space where that was overridden', async () => {
    await bench.makeTake();
    await bench.putScript('#!/bin/sh\necho static_kuberesources_\nsleep 1\nexit 77\n');
    await node().fillDisk({ leaveBytes: 8 * mebibyte });
    await expect(follow()).rejects.toMatchObject({
      type: 'ScriptFailed',
      message: expect.stringContaining('exited with 77'),
    });
    await node().freeDisk();
  });

  test.each([
    ['4.13', true, ['--force']],
    ['4.13', false, []],
    ['4.4', true, []],
  ])('a script of %s with force %s is told so only where it can be', async (name, force, words) => {
    await bench.makeTake();
    await bench.putScript('#!/bin/sh\necho "static_kuberesources_" "$*" > ../arguments\nexit 77\n');
    await expect(follow(release(name), { forceScript: force })).rejects.toMatchObject({
      type: 'ScriptFailed',
    });
    const said = await node().readFile(`${bench.paths.root}/arguments`);
    expect(said.trim().split(' ').slice(1)).toEqual([...words, bench.paths.backup]);
  });

  test('what another node or some minutes mend is no failure of the run', async () => {
    await bench.makeTake();
    await bench.putScript(
      '#!/bin/sh\n# static_kuberesources_\necho "Could not find the status of the etcd."\nexit 1\n',
    );
    expect(await follow()).toMatchObject({ outcome: 'refused', advice: 'otherNode' });
  });

  test('a contract that this worker does not know ends it before anything starts', async () => {
    await bench.makeTake();
    await bench.putScript('#!/bin/sh\necho static_kuberesources_ > ../started\n');
    await expect(follow(release('9.9'))).rejects.toMatchObject({ type: 'ScriptMissing' });
    expect(await node().find(bench.paths.root)).toEqual([]);
  });
});
