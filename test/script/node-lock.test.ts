import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { waitUntil } from '../../src/testing/index.ts';
import { localShell } from '../../src/node/local-shell.ts';
import {
  acquireNodeLock,
  refuseNodeLock,
  releaseNodeLock,
  renewNodeLock,
} from '../../src/script/node-lock.ts';
import { failureOf } from '../node/shell-bench.ts';

const shell = localShell('master-0');
const signal = new AbortController().signal;
const [ours, theirs] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'];

let backupDirectory: string;
beforeEach(async () => {
  backupDirectory = join(await mkdtemp(join(tmpdir(), 'etcd-backup-lock-')), 'backup');
});
afterEach(async () => await rm(join(backupDirectory, '..'), { recursive: true, force: true }));

const acquire = async (run: string) =>
  await acquireNodeLock(shell, { run, backupDirectory }, signal);
const renew = async (run: string) => await renewNodeLock(shell, { run, backupDirectory }, signal);
const look = async (run: string) => await refuseNodeLock(shell, { run, backupDirectory }, signal);
const release = async (run: string) =>
  await releaseNodeLock(shell, { run, backupDirectory }, signal);

const holder = async (): Promise<string> =>
  await readFile(join(backupDirectory, '.lock', 'holder'), 'utf8');

/** As if the holder had renewed it last so many seconds ago, by the node's clock. */
async function renewedBefore(seconds: number): Promise<void> {
  const time = Date.now() / 1000 - seconds;
  await utimes(join(backupDirectory, '.lock', 'holder'), time, time);
}

/** A take of a run whose script is a process that lives until the test ends. */
async function startTake(run: string, changed: { readonly boot?: string } = {}): Promise<void> {
  const child = spawn('sleep', ['1000']);
  onTestFinished(() => void child.kill('SIGKILL'));
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const script = join(backupDirectory, `${run}-1`, 'script');
  await mkdir(script, { recursive: true });
  const line = `${child.pid} ${started} ${changed.boot ?? boot}\n`;
  await writeFile(join(script, 'process'), line);
}

/** Resolves once a process with this command line has the directory open, or works in it. */
async function flocks(command: string): Promise<void> {
  const script =
    'for p in /proc/[0-9]*; do [ "$(readlink $p/cwd $p/fd/3 $p/fd/9 2>/dev/null | grep -c -x "$1")" -gt 0 ] && tr "\\0" " " < $p/cmdline && echo; done; true';
  const look = async (): Promise<true | undefined> => {
    const { stdout } = await shell.run(['sh', '-c', script, 'sh', backupDirectory]);
    return stdout.toString().includes(command) ? true : undefined;
  };
  await waitUntil(`${command} on the directory`, look, 10_000);
}

describe('the lock on the node', () => {
  test('that is free is taken, for root alone, and says who holds it and where', async () => {
    expect(await acquire(ours)).toEqual({
      where: `master-0:${backupDirectory}/.lock`,
      holder: ours,
    });
    expect(await holder()).toBe(`${ours}\n`);
    const { stdout } = await shell.run(['stat', '-c', '%a', backupDirectory]);
    expect(stdout.toString()).toBe('700\n');
  });

  test('is ours again when the step is repeated', async () => {
    await acquire(ours);
    await renewedBefore(500);
    await acquire(ours);
    await expect(acquire(theirs)).rejects.toThrow(/for (600|599|598) seconds more/);
  });

  test('of a living run is refused, with its name and for how long', async () => {
    await acquire(theirs);
    await renewedBefore(400);
    await expect(acquire(ours)).rejects.toMatchObject({
      type: 'LeaseBusy',
      nonRetryable: false,
      message: expect.stringMatching(/held by run bbbbbbbbbbbb for (200|199|198) seconds more/),
    });
    expect(await holder()).toBe(`${theirs}\n`);
  });

  test('that a dead run let expire is taken over', async () => {
    await acquire(theirs);
    await startTake(theirs, { boot: 'another-boot' });
    await renewedBefore(601);
    expect(await acquire(ours)).toMatchObject({ holder: ours });
    expect(await holder()).toBe(`${ours}\n`);
  });

  test('that expired is not taken while the script of its run is alive on the node', async () => {
    await acquire(theirs);
    await startTake(theirs);
    await renewedBefore(601);
    await expect(acquire(ours)).rejects.toMatchObject({
      type: 'LeaseBusy',
      message: expect.stringContaining(`the script of take ${theirs}-1 is still running`),
    });
    expect(await holder()).toBe(`${theirs}\n`);
  });

  test('that is free is not taken while the script of another run is alive on the node', async () => {
    await startTake(theirs);
    await expect(acquire(ours)).rejects.toMatchObject({ type: 'LeaseBusy' });
    expect(await readdir(backupDirectory)).not.toContain('.lock');
  });

  test('is taken beside a script of its own run', async () => {
    await startTake(ours);
    expect(await acquire(ours)).toMatchObject({ holder: ours });
  });

  test('is expired too when the clock of the node was set back', async () => {
    await acquire(theirs);
    await renewedBefore(-3600);
    expect(await acquire(ours)).toMatchObject({ holder: ours });
  });

  test('is taken by one of many who ask at once', async () => {
    const runs = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(12));
    const outcomes = await Promise.allSettled(runs.map(acquire));
    const won = runs.filter((_, index) => outcomes[index]?.status === 'fulfilled');
    expect(won).toHaveLength(1);
    expect(await holder()).toBe(`${won[0]}\n`);
  });

  test('that another one looks at is waited for, and seen as it is then', async () => {
    await acquire(theirs);
    await renewedBefore(601);
    const looking = spawn('flock', [backupDirectory, 'sleep', '1000'], { detached: true });
    onTestFinished(() => void looking.kill('SIGKILL'));
    await flocks('sleep');
    const refused = failureOf(acquire(ours));
    await flocks('flock -w 20 9');
    await renewedBefore(0);
    process.kill(-Number(looking.pid), 'SIGKILL');
    expect(await refused).toMatchObject({ type: 'LeaseBusy' });
    expect(await holder()).toBe(`${theirs}\n`);
  });

  test('that expired is taken over by one of many who ask at once', async () => {
    await acquire(theirs);
    await renewedBefore(601);
    const runs = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(12));
    const outcomes = await Promise.allSettled(runs.map(acquire));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('that cannot be written says why', async () => {
    await writeFile(backupDirectory, 'a file');
    await expect(acquire(ours)).rejects.toMatchObject({
      type: 'NodeUnfit',
      nonRetryable: true,
      message: expect.stringMatching(/lock on the node: .*(File exists|Not a directory)/),
    });
  });
});

describe('renewing the lock', () => {
  test('lets it last for ten minutes more', async () => {
    await acquire(ours);
    await renewedBefore(500);
    await renew(ours);
    await expect(acquire(theirs)).rejects.toThrow(/for (600|599|598) seconds more/);
  });

  test('makes one that is gone again', async () => {
    await renew(ours);
    expect(await holder()).toBe(`${ours}\n`);
  });

  test('of a run that lost it says who has it, and leaves it alone', async () => {
    await acquire(theirs);
    await renewedBefore(601);
    await expect(renew(ours)).rejects.toMatchObject({
      type: 'LeaseLost',
      nonRetryable: true,
      message: expect.stringContaining(`held by run ${theirs}`),
    });
    expect(await holder()).toBe(`${theirs}\n`);
  });
});

describe('releasing the lock', () => {
  test('removes it, and may be repeated', async () => {
    await acquire(ours);
    await release(ours);
    await release(ours);
    expect(await readdir(backupDirectory)).toEqual([]);
  });

  test('leaves that of another run alone', async () => {
    await acquire(theirs);
    await release(ours);
    expect(await holder()).toBe(`${theirs}\n`);
  });
});

describe('a run that holds the Lease', () => {
  test('is kept off a node whose lock another run holds', async () => {
    await acquire(theirs);
    await expect(look(ours)).rejects.toMatchObject({
      type: 'LeaseBusy',
      nonRetryable: false,
      message: expect.stringContaining(`held by run ${theirs} for`),
    });
  });

  test('goes on where there is no lock, its own one, or one that expired, and leaves no trace', async () => {
    await expect(look(ours)).resolves.toBeUndefined();
    await expect(readdir(backupDirectory)).rejects.toThrow('ENOENT');
    await acquire(ours);
    await expect(look(ours)).resolves.toBeUndefined();
    await renewedBefore(601);
    await expect(look(theirs)).resolves.toBeUndefined();
    expect(await holder()).toBe(`${ours}\n`);
  });
});
