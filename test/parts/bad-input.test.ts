import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { failureCatalogue, loadConfig, startBackup } from '../../src/index.ts';
import { condition, named, waitUntil } from '../../src/testing/index.ts';
import { createBackupWorker } from '../../src/worker.ts';
import { advised, explained, failureOf, isRoot, useBadInput } from './bad-input-bench.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const bench = useBadInput();

describe('before anything is made on the cluster', () => {
  test('a token that the cluster does not take', async () => {
    expect(await bench.failed({ cluster: 'wrong-token' })).toEqual(
      advised('ClusterDenied', 'checkCluster', /get clusterversions\S*: 401 .*accepted/, /Renew/),
    );
    expect(bench.podsMade()).toBe(0);
  });

  test('a node that is not there', async () => {
    expect(await bench.failed({ node: 'master-9' })).toEqual(
      explained(
        'GuardRefused',
        'checkCluster',
        /^fitNode: node master-9 is not there; control plane nodes: master-0$/,
      ),
    );
    expect(bench.podsMade()).toBe(0);
  });

  test('a namespace that is not there', async () => {
    expect(await bench.failed({ cluster: 'no-namespace' })).toEqual(
      explained('GuardRefused', 'checkCluster', /^debugNamespace: namespace nowhere is not there$/),
    );
    expect(bench.podsMade()).toBe(0);
  });

  test('several faults at once are one refusal that names each', async () => {
    const { objects } = bench.scene.cluster;
    const etcd = named(objects.clusterOperators, 'etcd');
    const progressing = condition(etcd.status.conditions, 'Progressing');
    progressing.status = 'True';
    bench.undo(() => void (progressing.status = 'False'));
    const { type, observed, nextStep } = await bench.failed({
      cluster: 'no-namespace',
      node: 'master-9',
    });
    expect({ type, guards: observed.split(' | ') }).toEqual({
      type: 'GuardRefused',
      guards: [
        'operatorsSettled: progressing: etcd',
        'fitNode: node master-9 is not there; control plane nodes: master-0',
        'debugNamespace: namespace nowhere is not there',
      ],
    });
    expect(nextStep).toMatch(/each guard/);
    expect(bench.podsMade()).toBe(0);
  });

  test('a store that cannot be written to', async () => {
    expect(await bench.failed({ cluster: 'sealed-store' })).toEqual(
      advised(
        'StoreDenied',
        'checkCluster',
        isRoot ? /sealed: EROFS \[store=sealed\]$/ : /sealed: EACCES \[store=sealed\]$/,
        isRoot ? /Mount the store writable/ : /Grant create/,
      ),
    );
    expect(bench.podsMade()).toBe(0);
  });

  test.each([
    ['a cluster that does not answer', 'gone', 'ClusterUnreachable', /ECONNREFUSED.*server=/],
    ['a store that is not there', 'no-store', 'StoreUnavailable', /absent: not there/],
  ] as const)('%s is tried again, says so meanwhile, and can be cancelled', async (...row) => {
    const [, cluster, type, observed] = row;
    const handle = await bench.scene.start({ cluster });
    const pending = await waitUntil('a second attempt', async () => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.find(({ attempt }) => (attempt ?? 0) > 1);
    });
    const { lastFailure } = pending;
    expect(lastFailure?.message).toMatch(observed);
    expect(lastFailure?.applicationFailureInfo?.type).toBe(type);
    expect(lastFailure?.applicationFailureInfo?.nonRetryable).toBe(false);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(bench.podsMade()).toBe(0);
  });

  test('a backup directory with shell metacharacters is refused by the file of the configuration', async () => {
    const file = join(bench.scene.directory, 'metacharacters.yaml');
    const text = await readFile(bench.scene.configFile, 'utf8');
    const demo = '"demo":{';
    await writeFile(file, text.replace(demo, `${demo}"backupDirectory":"/home/$(reboot)",`));
    await expect(loadConfig(file)).rejects.toThrow(/backupDirectory: expected an absolute path/);
  });
});

describe('a backup directory that no file of the configuration checked', () => {
  const directories = [
    '/home/$(reboot)',
    '/home/core/a b',
    "/home/core/'; rm -rf / '",
    '/home/../etc',
    '/',
  ];
  const taskQueue = 'unchecked';
  const parts = new AsyncDisposableStack();
  beforeAll(async () => {
    const { clusters, ...rest } = await loadConfig(bench.scene.configFile);
    const demo = clusters['demo']!;
    const unchecked = directories.map(
      (backupDirectory, index) => [`unchecked-${index}`, { ...demo, backupDirectory }] as const,
    );
    const connection = await NativeConnection.connect({ address: bench.scene.temporal.address });
    parts.defer(async () => await connection.close());
    const config = { ...rest, clusters: Object.fromEntries(unchecked) };
    const worker = await createBackupWorker({ config, connection, taskQueue });
    const run = worker.run();
    parts.defer(async () => {
      worker.shutdown();
      await run;
    });
  });
  afterAll(async () => await parts.disposeAsync());

  test.each(directories.map((directory, index) => ({ directory, index })))(
    '$directory is refused by the run',
    async ({ index }) => {
      const request = { cluster: `unchecked-${index}` };
      const { handle } = await startBackup(bench.scene.client, request, { taskQueue });
      expect(await failureOf(handle.result())).toEqual(
        explained('ConfigInvalid', 'checkCluster', /backupDirectory: expected an absolute path/),
      );
      expect(bench.requests()).toEqual([]);
    },
  );
});

describe('what a person reads at the command', () => {
  const etcdBackup = async (...argv: string[]) =>
    await execa(process.execPath, [main, 'run', ...argv], {
      env: {
        TEMPORAL_ADDRESS: bench.scene.temporal.address,
        ETCD_BACKUP_CONFIG: bench.scene.configFile,
      },
      reject: false,
    });
  /** What stands on stderr: where to look for the run is the same for all. */
  const last = (stderr: string) => stderr.replace(/\n {2}see: workflow etcd-backup\/.*$/, '');

  test('a wrong token', async () => {
    const { stdout, stderr, exitCode } = await etcdBackup('wrong-token');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^started the backup of wrong-token: .*checkCluster: failed after/s);
    expect(last(stderr)).toMatch(
      /^ClusterDenied in checkCluster: get clusterversions.*: 401 "Unauthorized", expected the credentials accepted .*\n {2}next: Renew the credentials\.$/,
    );
  });

  test('a node that is not there: a guard refused', async () => {
    const { stderr, exitCode } = await etcdBackup('demo', '--node', 'master-9');
    expect(exitCode).toBe(3);
    expect(last(stderr)).toBe(
      [
        'GuardRefused in checkCluster: fitNode: node master-9 is not there; control plane nodes: master-0',
        `  next: ${failureCatalogue.GuardRefused.nextStep}`,
      ].join('\n'),
    );
  });

  test('a full disk, told after everything was cleaned up', async () => {
    const node = bench.scene.cluster.node();
    await node.fillDisk({ leaveBytes: 4 * 1024 * 1024 });
    bench.undo(async () => await node.freeDisk());
    const { stdout, stderr, exitCode } = await etcdBackup('demo');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /changeRoot: failed after.*removeFiles: done.*endDebugSession: done.*releaseLease: done[^\n]*$/s,
    );
    expect(last(stderr)).toMatch(
      /^NodeDiskFull in changeRoot: freeSpace: 4\.0 MiB of 1\.0 GiB are free; the backup takes 32\.0 MiB.*\n {2}next: Free space under the backup directory on the node, or name another node\.$/,
    );
  });

  test('an unknown key of the configuration: nobody was asked for anything', async () => {
    const file = join(bench.scene.directory, 'unknown-key.yaml');
    const text = await readFile(bench.scene.configFile, 'utf8');
    await writeFile(file, text.replace('"stores":', '"storse":'));
    const { stdout, stderr, exitCode } = await etcdBackup('unknown', '--config', file);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(/\.yaml:1:\d+: clusters\.demo\.storse: .*did you mean stores\?/);
    expect(bench.requests()).toEqual([]);
    const unknown = bench.scene.client.workflow.getHandle('etcd-backup/unknown');
    await expect(unknown.describe()).rejects.toThrow(WorkflowNotFoundError);
  });
});
