import { WorkflowFailedError } from '@temporalio/client';
import { describe, expect, test } from 'vitest';

import { advised, explained, useBadInput } from './bad-input-bench.ts';

const bench = useBadInput();

describe('rights that the worker does not have', () => {
  test('to create pods', async () => {
    bench.scene.cluster.faults.api({ fault: 'deny', verb: 'create', resource: 'pods' });
    bench.undo(() => bench.scene.cluster.faults.removeAll());
    expect(await bench.failed()).toEqual(
      advised(
        'ClusterDenied',
        'startDebugSession',
        /^create pods: 403 .*cannot create resource "pods"/,
        /^Grant create on pods in namespace etcd-backup/,
      ),
    );
    expect(bench.podsMade()).toBe(0);
  });

  test('to execute in pods', async () => {
    bench.scene.cluster.faults.api({ fault: 'deny', resource: 'pods/exec' });
    bench.undo(() => bench.scene.cluster.faults.removeAll());
    expect(await bench.failed()).toEqual(
      advised(
        'ClusterDenied',
        'startDebugSession',
        /pods\/exec.* 403/,
        /^Grant .* on pods\/exec in namespace etcd-backup/,
      ),
    );
    expect(bench.podsMade()).toBe(1);
  });

  test('to create leases', async () => {
    bench.scene.cluster.faults.api({ fault: 'deny', resource: 'leases', verb: 'create' });
    bench.undo(() => bench.scene.cluster.faults.removeAll());
    expect(await bench.failed()).toEqual(
      advised(
        'ClusterDenied',
        'acquireLease',
        /^create leases\S*: 403 .*cannot create resource "leases"/,
        /^Grant create on leases\S* in namespace etcd-backup/,
      ),
    );
    expect(bench.podsMade()).toBe(0);
  });

  test('to do anything with leases: what nobody may look at is named, with what becomes of it', async () => {
    bench.scene.cluster.faults.api({ fault: 'deny', resource: 'leases' });
    bench.undo(() => bench.scene.cluster.faults.removeAll());
    expect(await bench.failed()).toEqual({
      ...advised(
        'ClusterDenied',
        'acquireLease',
        /^get leases\S*: 403 .*cannot get resource "leases"/,
        /^Grant get on leases\S* in namespace etcd-backup/,
      ),
      leftovers: [
        {
          what: expect.stringMatching(/^lease \(get leases\S*: 403 /),
          where: 'etcd-backup/etcd-backup',
          nextStep: expect.stringContaining('expires by itself'),
        },
      ],
    });
    expect(bench.podsMade()).toBe(0);
  });

  test('to run a privileged pod: admission is quoted', async () => {
    const message =
      'pods "etcd-backup-x" is forbidden: violates PodSecurity "restricted:latest": privileged';
    const deny = { fault: 'status', verb: 'create', resource: 'pods' } as const;
    bench.scene.cluster.faults.api({ ...deny, status: 403, reason: 'Forbidden', message });
    bench.undo(() => bench.scene.cluster.faults.removeAll());
    expect(await bench.failed()).toEqual(
      explained(
        'DebugPodRejected',
        'startDebugSession',
        /violates PodSecurity "restricted:latest"/,
      ),
    );
    expect(bench.podsMade()).toBe(0);
  });
});

describe('what only the node can tell', () => {
  test('the script is not there', async () => {
    const node = bench.scene.cluster.node();
    const path = '/usr/local/bin/cluster-backup.sh';
    const text = await node.readFile(path);
    await node.remove(path);
    bench.undo(async () => await node.writeFile(path, text, 0o755));
    expect(await bench.failed()).toEqual(
      explained(
        'ScriptMissing',
        'changeRoot',
        /nor \/usr\/local\/bin\/cluster-backup\.sh is there .*node=master-0/,
      ),
    );
    expect(await bench.scriptsStarted()).toBe(0);
  });

  test('too little space is free: the script does not start', async () => {
    const node = bench.scene.cluster.node();
    await node.fillDisk({ leaveBytes: 4 * 1024 * 1024 });
    bench.undo(async () => await node.freeDisk());
    expect(await bench.failed()).toEqual(
      explained(
        'NodeDiskFull',
        'changeRoot',
        /^freeSpace: 4\.0 MiB of 1\.0 GiB are free; the backup takes 32\.0 MiB \(2 times the database/,
      ),
    );
    expect(await bench.scriptsStarted()).toBe(0);
  });

  test('no file can be made any more: the script does not start', async () => {
    await limitFiles();
    expect(await bench.failed()).toEqual(
      explained('NodeDiskFull', 'changeRoot', /directory could not be made: .*No space left/),
    );
    expect(await bench.scriptsStarted()).toBe(0);
  });

  test('no file can be made any more while the script runs: it can be cancelled all the same', async () => {
    const node = bench.scene.cluster.node();
    await node.holdScript();
    bench.undo(async () => await node.releaseScript());
    const handle = await bench.scene.start();
    const { pid } = await node.scriptHeld();
    await limitFiles();
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
    expect((await node.run(['kill', '-0', String(pid)])).exitCode).not.toBe(0);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
  });

  test.each(['start', 'snapshot'] as const)(
    'the disk fills up while the script runs, at its %s',
    async (point) => {
      const node = bench.scene.cluster.node();
      await node.holdScript(point);
      const ended = bench.failed();
      await node.scriptHeld();
      await node.fillDisk();
      bench.undo(async () => await node.freeDisk());
      await node.releaseScript();
      expect(await ended).toEqual(
        explained('NodeDiskFull', 'runBackupScript', /file system of the backup directory/),
      );
      expect(await bench.scriptsStarted()).toBe(1);
    },
  );
});

/** Leaves no room for another file on the node's disk, as a file system without inodes does. */
async function limitFiles(): Promise<void> {
  const script = 'mount -o "remount,nr_inodes=$(($(stat -f -c "%c - %d" /var)))" /var';
  const limited = await bench.scene.cluster.node().run(['bash', '-c', script]);
  expect(limited).toMatchObject({ exitCode: 0, stderr: '' });
  bench.undo(async () => {
    await bench.scene.cluster.node().run(['mount', '-o', 'remount,nr_inodes=100000', '/var']);
  });
}
