import { describe, expect, test } from 'vitest';

import type { NodeShell } from '../../src/node/node-shell.ts';
import { observeScript } from '../../src/script/observe-script.ts';
import { releaseNamed } from '../../src/script/releases.ts';
import { startScript } from '../../src/script/start-script.ts';
import { stopScript } from '../../src/script/stop-script.ts';
import { writeEnvironment } from '../../src/script/write-environment.ts';
import { waitUntil } from '../../src/testing/index.ts';
import { useSteps } from '../activities/step-bench.ts';

const release = releaseNamed('4.13')!;
const { signal } = new AbortController();

describe('the script of a take', () => {
  const bench = useSteps();
  const start = async () => {
    const argv = release.argv(bench.paths.backup, { force: false });
    await startScript(await bench.shell(), bench.input.take, argv, signal);
  };
  const stop = async () => await stopScript(await bench.shell(), bench.input.take, signal);
  const state = async () =>
    (await observeScript(await bench.shell(), bench.input.take, signal)).state;
  const comesTo = async (wanted: string) =>
    await waitUntil(`script ${wanted}`, async () =>
      (await state()) === wanted ? true : undefined,
    );
  const node = () => bench.cluster.node();

  test('that is started by several workers at once runs once', async () => {
    await bench.makeTake();
    await bench.putScript('#!/bin/sh\necho started >> ../starts\n');
    expect(await state()).toBe('absent');
    await Promise.all([start(), start(), start()]);
    await comesTo('ended');
    await start();
    // Each start that lost has ended by itself: none of them works in the directory any more.
    await stop();
    expect(await node().readFile(`${bench.paths.root}/starts`)).toBe('started\n');
  });

  test('gets every variable as it is, whatever its value holds', async () => {
    const value = `http://u:p'"$(id)\`id\`\\ *;&|ü@proxy:3128`;
    await bench.makeTake();
    await bench.putScript('#!/bin/sh\nprintf %s "$HTTPS_PROXY" > ../seen\n');
    const variables = [['HTTPS_PROXY', value]] as const;
    await writeEnvironment(await bench.shell(), bench.input.take, variables, signal);
    await start();
    await comesTo('ended');
    expect(await node().readFile(`${bench.paths.root}/seen`)).toBe(value);
  });

  test('never starts once it was told to stop', async () => {
    await bench.makeTake();
    await bench.putScript('#!/bin/sh\n: > ../started\n');
    await stop();
    await start();
    expect(await node().find(bench.paths.root)).toEqual([
      `${bench.paths.root}/script`,
      `${bench.paths.root}/script/stop`,
    ]);
  });

  test('is gone, with everything it started, when stopping it has returned', async () => {
    await bench.makeTake();
    await bench.putScript('#!/bin/sh\nsetsid sleep 1000 &\necho $! > ../child\nsleep 1000\n');
    await start();
    const child = await waitUntil('the child', async () => {
      const { stdout } = await node().run(['cat', `${bench.paths.root}/child`]);
      return stdout === '' ? undefined : stdout.trim();
    });
    expect(await state()).toBe('running');
    await stop();
    expect(await state()).toBe('died');
    expect((await node().run(['kill', '-0', child])).exitCode).not.toBe(0);
  });

  test.each(['/', '', '/home/core/assets/backup', '/home/core/assets/backup/abcdefghijkl-1/..'])(
    'is stopped by the directory of its take alone: nothing is done on the node for "%s"',
    async (directory) => {
      const shell: NodeShell = {
        nodeName: 'master-0',
        run: async () => await Promise.reject(new Error('a command was run on the node')),
        open: async () => await Promise.reject(new Error('a command was run on the node')),
      };
      await expect(
        stopScript(shell, { ...bench.input.take, directory }, signal),
      ).rejects.toMatchObject({ type: 'ConfigInvalid', nonRetryable: true });
    },
  );

  test.each([
    ['has another start time', 'started=$((started + 1))'],
    ['ran before the node booted', 'boot=00000000-0000-4000-8000-000000000000'],
  ])('is dead when the process of its number %s', async (_, change) => {
    await bench.makeTake();
    await bench.putScript('#!/bin/sh\nsleep 1000\n');
    await start();
    await comesTo('running');
    const rewrite = `cd "$1" && read -r pid started boot < process && ${change} && echo "$pid $started $boot" > process`;
    const argv = ['sh', '-c', rewrite, 'sh', bench.paths.script];
    expect(await node().run(argv)).toMatchObject({ exitCode: 0 });
    expect(await state()).toBe('died');
    await stop();
  });
});
