import { afterEach, describe, expect, test } from 'vitest';

import { discardTakeDirectory } from '../../src/script/discard-take-directory.ts';
import { findTakeDirectories } from '../../src/script/find-take-directories.ts';
import { keepTakeDirectory } from '../../src/script/keep-take-directory.ts';
import { makeTakeDirectory } from '../../src/script/make-take-directory.ts';
import { sweepTakeDirectories } from '../../src/script/sweep-take-directories.ts';
import { useSteps } from '../activities/step-bench.ts';
import { backupDirectory, takesOnNode } from './take-directories.ts';

const { signal } = new AbortController();
const run = 'abcdefghijkl';

describe('sweeping what dead runs left on a node', () => {
  const bench = useSteps();
  const takes = takesOnNode(() => bench.cluster.node());
  const sweep = async () =>
    await sweepTakeDirectories(await bench.shell(), { backupDirectory, run }, signal);
  const make = async (number: number) => {
    const directory = `${backupDirectory}/${run}-${number}`;
    const take = { ...bench.input.take, number, directory };
    await makeTakeDirectory(await bench.shell(), take, signal);
    return take;
  };
  afterEach(async () => await takes.clear());

  test('removes the marked directories of dead runs, all takes of them', async () => {
    const dead = [await takes.dead('deaddeaddead-1'), await takes.dead('deaddeaddead-12')];
    expect(await sweep()).toEqual(dead);
    expect(await takes.names()).toEqual([]);
    expect(await sweep()).toEqual([]);
  });

  test('removes a directory whose script died with the node', async () => {
    const directory = await takes.dead('deaddeaddead-1');
    await bench.cluster
      .node()
      .writeFile(`${directory}/script/process`, '1 1 00000000-0000-0000-0000-000000000000\n');
    expect(await sweep()).toEqual([directory]);
  });

  test('leaves the takes of its own run alone', async () => {
    await make(1);
    await make(2);
    expect(await sweep()).toEqual([]);
    expect(await takes.names()).toEqual([`${run}-1`, `${run}-2`]);
  });

  test('leaves a directory alone that is marked to stay', async () => {
    await takes.kept('keptkeptkept-1');
    expect(await sweep()).toEqual([]);
    expect(await takes.names()).toEqual(['keptkeptkept-1']);
  });

  test('leaves a directory alone whose script runs', async () => {
    await takes.running('livelivelive-1');
    expect(await sweep()).toEqual([]);
    expect(await takes.names()).toEqual(['livelivelive-1']);
  });

  test('leaves a directory alone in which something works that nobody wrote down', async () => {
    await takes.workedIn('livelivelive-1');
    expect(await sweep()).toEqual([]);
    expect(await takes.names()).toEqual(['livelivelive-1']);
  });

  test('leaves the directories of a run alone that holds the lock of the node', async () => {
    await takes.dead('livelivelive-1');
    const dead = await takes.dead('deaddeaddead-1');
    await takes.lock('livelivelive', 9);
    expect(await sweep()).toEqual([dead]);
    await takes.lock('livelivelive', 11);
    expect(await sweep()).toEqual([`${backupDirectory}/livelivelive-1`]);
  });

  test('leaves alone what is not marked as a take of ours, whatever it is called', async () => {
    await takes.unmarked('deaddeaddead-1');
    await takes.mismarked('deaddeaddead-2');
    await takes.unmarked('2024-05-01_cluster');
    await takes.dead('deaddeaddead');
    await takes.dead('DEADDEADDEAD-1');
    const names = await takes.names();
    expect(await sweep()).toEqual([]);
    expect(await takes.names()).toEqual(names);
    expect(names).toHaveLength(5);
  });

  test('does not follow a symbolic link', async () => {
    const elsewhere = await takes.linked('deaddeaddead-1');
    expect(await sweep()).toEqual([]);
    expect(await takes.names()).toEqual(['deaddeaddead-1']);
    const { exitCode } = await bench.cluster
      .node()
      .run(['test', '-f', `${elsewhere}/etcd-backup-run`]);
    expect(exitCode).toBe(0);
  });

  test('finds nothing where no backup was ever taken', async () => {
    expect(await sweep()).toEqual([]);
    expect(await findTakeDirectories(await bench.shell(), backupDirectory, signal)).toEqual([]);
  });

  test.for(['', '/', 'relative', '/a/../b', '/a b', '/a;b', '/a/'])(
    'refuses %j as a backup directory',
    async (directory) => {
      const place = { backupDirectory: directory, run };
      await expect(sweepTakeDirectories(await bench.shell(), place, signal)).rejects.toMatchObject({
        type: 'ConfigInvalid',
        nonRetryable: true,
      });
    },
  );

  test('a take is made with its mark: another run sweeps it', async () => {
    const { directory } = await make(1);
    const place = { backupDirectory, run: 'lkjihgfedcba' };
    expect(await sweepTakeDirectories(await bench.shell(), place, signal)).toEqual([directory]);
  });

  test('a take that is kept has a mark that no later run sweeps, and no secret that is not needed', async () => {
    const shell = await bench.shell();
    const directory = await takes.dead('deaddeaddead-3');
    const take = { ...bench.input.take, directory };
    await makeTakeDirectory(shell, take, signal);
    const node = bench.cluster.node();
    await node.writeFile(`${directory}/environment`, "HTTPS_PROXY='http://user:canary@proxy'\n");
    await node.writeFile(`${directory}/work/key`, 'canary\n');
    await keepTakeDirectory(shell, take, undefined, signal);
    await keepTakeDirectory(shell, take, undefined, signal);
    expect(await sweep()).toEqual([]);
    const { stdout } = await node.run(['ls', '-A', directory]);
    expect(stdout.trim().split('\n')).toEqual(['backup', 'etcd-backup-run', 'kept']);
  });

  test('lists what there is with its state, its size and whose it is', async () => {
    await takes.dead('deaddeaddead-1');
    await takes.kept('keptkeptkept-2');
    await takes.running('livelivelive-3');
    await takes.unmarked('deaddeaddead-4');
    const found = await findTakeDirectories(await bench.shell(), backupDirectory, signal);
    const common = { sizeBytes: expect.any(Number), changedAt: expect.stringMatching(/^20.*Z$/) };
    expect(found).toEqual([
      { ...common, run: 'deaddeaddead', take: 1, state: 'dead', directory: expect.any(String) },
      { ...common, run: 'keptkeptkept', take: 2, state: 'kept', directory: expect.any(String) },
      { ...common, run: 'livelivelive', take: 3, state: 'alive', directory: expect.any(String) },
    ]);
    expect(found[0]?.sizeBytes).toBeGreaterThan(0);
  });

  test('discards one directory, and looks once more before it does', async () => {
    const shell = await bench.shell();
    const discard = async (directory: string, kept = false) =>
      await discardTakeDirectory(shell, { directory, kept }, signal);
    const keptOne = await takes.kept('keptkeptkept-1');
    expect(await discard(await takes.dead('deaddeaddead-1'))).toBe('removed');
    expect(await discard(`${backupDirectory}/deaddeaddead-1`)).toBe('removed');
    expect(await discard(await takes.running('livelivelive-1'), true)).toBe('alive');
    expect(await discard(await takes.unmarked('deaddeaddead-2'), true)).toBe('foreign');
    expect(await discard(keptOne)).toBe('kept');
    expect(await takes.names()).toEqual(['deaddeaddead-2', 'keptkeptkept-1', 'livelivelive-1']);
    expect(await discard(keptOne, true)).toBe('removed');
  });
});
