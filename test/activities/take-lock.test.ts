import { afterEach, describe, expect, test } from 'vitest';

import { changeRootStep } from '../../src/activities/change-root.ts';
import { keepLease } from '../../src/activities/keep-lease.ts';
import type { LeaseUse } from '../../src/activities/keep-lease.ts';
import { removeFilesStep } from '../../src/activities/remove-files.ts';
import type { StepContext } from '../../src/activities/step.ts';
import type { TakeContext } from '../../src/contracts/index.ts';
import { backupDirectory, takesOnNode } from '../script/take-directories.ts';
import { useSteps } from './step-bench.ts';

const [ours, theirs] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'];

describe('a run over ssh, of which no pod shows that it works', () => {
  const bench = useSteps();
  const takes = takesOnNode(() => bench.cluster.node());
  afterEach(async () => await takes.clear());

  const takeOf = (name: string): TakeContext => {
    const { run, policy, take } = bench.input;
    return {
      run: { ...run, name },
      policy: { ...policy, access: 'ssh' },
      take: { ...take, number: 1, directory: `${backupDirectory}/${name}-1` },
    };
  };
  /** Reaches the node through a pod: the way there is another matter. */
  const contextOf = (): StepContext => {
    const { context, input } = bench;
    const { resolver } = context;
    const { api, node } = resolver.cluster('demo');
    const open = async (_: unknown, signal: AbortSignal) => await node.open(input, signal);
    const found = { api, node: { open, end: async () => {} } };
    return { ...context, resolver: { ...resolver, cluster: () => found } };
  };
  const facts = { openshiftVersion: '4.16.20', overrides: [] };
  const changeRoot = async (name: string) =>
    await changeRootStep({ ...takeOf(name), facts }, contextOf());
  const removeFiles = async (name: string, more: { readonly keep?: true } = {}) =>
    await removeFilesStep({ ...takeOf(name), ...more }, contextOf());
  /** Does what the heartbeat of a step does at once. */
  const beat = async (name: string, use: LeaseUse): Promise<readonly unknown[]> => {
    const lost: unknown[] = [];
    await keepLease(contextOf().resolver, takeOf(name), use, (error) => lost.push(error))();
    return lost;
  };

  test('keeps its take, and the node to itself, when another one got its Lease', async () => {
    await changeRoot(ours);
    await expect(changeRoot(theirs)).rejects.toMatchObject({
      type: 'LeaseBusy',
      nonRetryable: false,
      message: expect.stringContaining(`held by run ${ours}`),
    });
    expect(await takes.names()).toEqual(expect.arrayContaining(['.lock', `${ours}-1`]));
    expect(await takes.names()).not.toContain(`${theirs}-1`);
  });

  test('is not kept out by its own lock, and gives it back when its files are gone', async () => {
    await changeRoot(ours);
    await changeRoot(ours);
    expect(await removeFiles(ours)).toEqual({ leftovers: [] });
    expect(await takes.names()).toEqual([]);
    await changeRoot(theirs);
    expect(await takes.names()).toContain(`${theirs}-1`);
  });

  test('gives it back when its files stay', async () => {
    await changeRoot(ours);
    expect(await removeFiles(ours, { keep: true })).toEqual({ leftovers: [] });
    expect(await takes.names()).toEqual([`${ours}-1`]);
  });

  test('does not give back what another holds', async () => {
    await takes.lock(theirs, 0);
    expect(await removeFiles(ours)).toEqual({ leftovers: [] });
    expect(await takes.names()).toEqual(['.lock']);
  });

  test('starts no script beside one that outlived its run, and removes nothing of it', async () => {
    await takes.running('deaddeaddead-1');
    await expect(changeRoot(ours)).rejects.toMatchObject({
      type: 'LeaseBusy',
      message: expect.stringContaining('the script of take deaddeaddead-1 is still running'),
    });
    expect(await takes.names()).toEqual(['deaddeaddead-1']);
  });

  test('renews it from each step on the node while the API is away', async () => {
    await changeRoot(ours);
    await takes.lock(ours, 9);
    bench.cluster.faults.api({ fault: 'status', status: 503, resource: 'leases' });
    expect(await beat(ours, 'keptWithLock')).toEqual([]);
    // Renewed nine minutes ago it would have one minute left.
    await expect(changeRoot(theirs)).rejects.toMatchObject({
      type: 'LeaseBusy',
      message: expect.stringMatching(/for (59\d|600) seconds more/),
    });
  });

  test('ends where another one has taken it', async () => {
    await takes.lock(theirs, 0);
    expect(await beat(ours, 'keptWithLock')).toEqual([
      expect.objectContaining({ type: 'LeaseLost', message: expect.stringContaining(theirs) }),
    ]);
  });

  test('does not touch it before the step that takes it, nor while it cleans up', async () => {
    expect(await beat(ours, 'kept')).toEqual([]);
    expect(await beat(ours, 'keptIfOurs')).toEqual([]);
    expect(await takes.names()).toEqual([]);
  });
});
