import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { startStandInCluster } from '../../src/testing/index.ts';

const directories = async () =>
  (await readdir(tmpdir())).filter((name) =>
    name.startsWith(`etcd-backup-testing-${process.pid}-`),
  );

test('a cluster that cannot be started says what is missing, and leaves nothing', async () => {
  const tools = { etcdctl: '/nowhere/etcdctl' };
  await expect(startStandInCluster({ nodes: 3, tools })).rejects.toThrow(
    'tools.etcdctl: /nowhere/etcdctl is not there or cannot be executed',
  );
  expect(await directories()).toEqual([]);
});

test('a machine that allows no namespaces is told so, and keeps nothing', async () => {
  // A user namespace in which no further one may be made.
  const module = JSON.stringify(import.meta.resolve('../../src/testing/index.ts'));
  const program = `import { startStandInCluster } from ${module}; await startStandInCluster();`;
  const script = 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"';
  const node = [process.execPath, '--input-type=module', '-e', program];
  const run = promisify(execFile)('unshare', ['-Ur', 'sh', '-c', script, 'sh', ...node]);
  await expect(run).rejects.toMatchObject({
    stderr: expect.stringMatching(
      /the stand-in cluster needs user, mount and process namespaces without privileges.*unshare/,
    ),
  });
});

test('a node that is not there is an error that names those that are', async () => {
  const cluster = await startStandInCluster({ nodes: 3 });
  try {
    expect(() => cluster.node('worker-0')).toThrow(
      'no node worker-0, there are: master-0, master-1, master-2',
    );
  } finally {
    await Promise.all([cluster.close(), cluster.close()]);
  }
  expect(await directories()).toEqual([]);
});
