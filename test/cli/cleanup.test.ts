import { execa } from 'execa';
import { describe, expect, test } from 'vitest';

import { waitUntil } from '../../src/testing/index.ts';
import { useLeftovers } from './leftovers-bench.ts';

const dead = 'deaddeaddead';
const alive = 'livelivelive';
const kept = 'keptkeptkept';

const everything = (run: string) => [
  `directory ${run}-1`,
  `lease of ${run}`,
  `pod etcd-backup-${run}-1`,
  `upload demo/20260101T010000Z-${run}/snapshot.db`,
];

describe('cleaning up a cluster', { timeout: 60_000 }, () => {
  const bench = useLeftovers();

  test('says that nothing is left, and leaves nothing itself', async () => {
    const { stdout, exitCode } = await bench.cleanup();
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      'Looking at demo: namespace etcd-backup, master-0, store primary, store vault.',
    );
    expect(stdout).toContain(
      'On each node a debug pod lists the directories; it is removed again.',
    );
    expect(stdout).toMatch(
      /Temporal at 127\.0\.0\.1:1, .*: the lease alone says which runs live\.$/m,
    );
    expect(stdout).toContain('Nothing of dead runs is left.');
    expect(await bench.left()).toEqual([]);
  });

  test('only lists what dead runs left, where nobody can be asked', async () => {
    await bench.everything(dead);
    const { stdout, exitCode } = await bench.cleanup();
    expect(exitCode).toBe(4);
    for (const words of [
      'Left behind by dead runs:',
      `  etcd-backup/etcd-backup-${dead}-1 on master-0: privileged debug pod`,
      `  master-0:/home/core/assets/backup/${dead}-1: directory on the node,`,
      `  primary: demo/20260101T010000Z-${dead}/snapshot.db: unfinished upload of 10 B`,
      '  etcd-backup/etcd-backup: expired lease',
      'Nothing was removed: nobody said yes.',
    ]) {
      expect(stdout).toContain(words);
    }
    expect(await bench.left()).toEqual(everything(dead));
  });

  test('with --yes removes all of it, and may be repeated', async () => {
    await bench.everything(dead);
    const { stdout, exitCode } = await bench.cleanup('--yes');
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('4 removed, 0 left behind.'),
    });
    expect(await bench.left()).toEqual([]);
    expect((await bench.cleanup('--yes')).exitCode).toBe(0);
  });

  test('names the run that holds the lease, and leaves all of it alone', async () => {
    await bench.everything(alive);
    await bench.lease(alive, 1);
    await bench.takes.dead(`${dead}-1`);
    const { stdout, exitCode } = await bench.cleanup('--yes');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`Live runs, which are left alone:\n  ${alive}: it holds the lease until 20`),
    );
    expect(await bench.left()).toEqual(everything(alive));
  });

  test('leaves all of a run alone whose script works on the node', async () => {
    await bench.takes.running(`${alive}-1`);
    await bench.pod(alive);
    await bench.upload(alive);
    const before = await bench.left();
    const { stdout, exitCode } = await bench.cleanup('--yes');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`  ${alive}: its script, or another process, works on the node`);
    expect(await bench.left()).toEqual(before);
  });

  test('leaves all of a run alone that holds the lock of a node; an expired lock goes', async () => {
    await bench.takes.dead(`${alive}-1`);
    await bench.upload(alive);
    await bench.takes.lock(alive, 1);
    const before = await bench.left();
    const { stdout, exitCode } = await bench.cleanup('--yes');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`  ${alive}: it holds the lock on the node`);
    expect(await bench.left()).toEqual(before);
    await bench.takes.lock(alive, 20);
    expect((await bench.cleanup('--yes')).exitCode).toBe(0);
    expect(await bench.left()).toEqual([]);
  });

  test('leaves files that are marked to stay, and their uploads, unless asked for them', async () => {
    await bench.takes.kept(`${kept}-1`);
    await bench.upload(kept);
    const before = await bench.left();
    const { stdout, exitCode } = await bench.cleanup('--yes');
    expect(exitCode).toBe(4);
    expect(stdout).toContain('Marked to stay, left alone without --kept:');
    expect(await bench.left()).toEqual(before);
    expect((await bench.cleanup('--yes', '--kept')).exitCode).toBe(0);
    expect(await bench.left()).toEqual([]);
  });

  test('leaves alone what is not ours', async () => {
    await bench.takes.unmarked(`${dead}-1`);
    await bench.takes.linked(`${dead}-2`);
    const { exitCode } = await bench.cleanup('--yes', '--kept');
    expect(exitCode).toBe(0);
    expect(await bench.left()).toEqual([`directory ${dead}-1`, `directory ${dead}-2`]);
  });

  test('neither lists nor ends an upload below the name of the cluster that is of no run', async () => {
    const strange = ['demo/monthly.tar', `demo/other/20260101T010000Z-${dead}/snapshot.db`];
    for (const key of strange) await bench.uploadOf(key);
    await bench.upload(dead);
    const { stdout, exitCode } = await bench.cleanup('--yes', '--kept');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('1 removed, 0 left behind.');
    expect(stdout).not.toContain(strange[0]);
    expect(await bench.left()).toEqual(strange.map((key) => `upload ${key}`));
  });

  test('with --no-nodes makes no pod, and leaves the directories', async () => {
    await bench.takes.dead(`${dead}-1`);
    await bench.pod(dead);
    const before = bench.cluster.requests.length;
    const { exitCode } = await bench.cleanup('--yes', '--no-nodes');
    expect(exitCode).toBe(0);
    const made = bench.cluster.requests
      .slice(before)
      .filter(
        ({ user, verb, resource }) => user === 'client' && verb === 'create' && resource === 'pods',
      );
    expect(made).toEqual([]);
    expect(await bench.left()).toEqual([`directory ${dead}-1`]);
  });

  test('a node that cannot be looked at is told, and the rest is done', async () => {
    await bench.everything(dead);
    bench.cluster.faults.api({ fault: 'status', status: 503, verb: 'create', resource: 'pods' });
    const { stdout, stderr, exitCode } = await bench.cleanup('--yes');
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/node master-0: ClusterUnreachable: /);
    expect(stdout).toContain('3 removed, 1 left behind.');
    expect(await bench.left()).toEqual([`directory ${dead}-1`]);
  });

  test('where the lease cannot be read, nothing is removed', async () => {
    await bench.everything(dead);
    bench.cluster.faults.api({ fault: 'status', status: 503, resource: 'leases' });
    const { stdout, exitCode } = await bench.cleanup('--yes');
    expect(exitCode).toBe(4);
    expect(stdout).toContain('Perhaps of live runs, left alone:');
    expect(stdout).toContain('the lease, which every run holds, could not be read');
    expect(await bench.left()).toEqual(everything(dead));
  });

  test('with --json has one object per line, the last one the result', async () => {
    await bench.everything(dead);
    const { stdout, exitCode } = await bench.cleanup('--yes', '--json');
    const events = stdout.split('\n').map((line): unknown => JSON.parse(line));
    expect(exitCode).toBe(0);
    expect(events[0]).toMatchObject({ event: 'looking', nodes: ['master-0'] });
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'found', kind: 'lease', run: dead, verdict: 'remove' }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'removed', kind: 'directory', run: dead }),
    );
    expect(events.at(-1)).toEqual({ cluster: 'demo', removed: 4, left: 0, live: 0 });
  });

  test('Ctrl-C ends it, with the pods that it made and nothing else', async () => {
    await bench.takes.dead(`${dead}-1`);
    const { argv, env } = bench.command;
    const [file = '', ...rest] = argv;
    const options = { env, extendEnv: false, reject: false, stdin: 'ignore' } as const;
    // Every command on the node waits: the cleanup is in the middle of its look.
    const fault = bench.cluster.faults.exec({ fault: 'delay' });
    const running = execa(file, [...rest, '--yes'], options);
    await waitUntil('its pod', async () => {
      const running = bench.cluster.objects.pods.some(
        ({ metadata, status }) =>
          metadata.namespace === bench.cluster.namespace && status.phase === 'Running',
      );
      return running ? true : undefined;
    });
    running.kill('SIGINT');
    const { stdout, exitCode } = await running;
    fault.remove();
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 130,
      stdout: expect.stringContaining('Interrupted: the debug pods of this command are removed.'),
    });
    expect(await bench.left()).toEqual([`directory ${dead}-1`]);
  });

  test.for([
    ['y\n', 0, []],
    ['\n', 4, everything(dead)],
    // Ctrl-C, as a terminal sends it.
    ['\u0003', 130, everything(dead)],
  ] as const)('on a terminal it asks once: %j ends with %i', async ([answer, code, left]) => {
    await bench.everything(dead);
    const { argv, env } = bench.command;
    const command = argv.map((word) => `'${word}'`).join(' ');
    const options = { env, extendEnv: false, reject: false } as const;
    const terminal = execa('script', ['-qefc', command, '/dev/null'], options);
    let shown = '';
    terminal.stdout.on('data', (chunk: Buffer) => {
      if (shown.includes('[y/N]')) return;
      shown += chunk.toString();
      if (shown.includes('[y/N]')) terminal.stdin.write(answer);
    });
    const { exitCode, stdout } = await terminal;
    expect(stdout).toContain('Remove these 4? [y/N]');
    expect(exitCode).toBe(code);
    expect(await bench.left()).toEqual(left);
  });
});
