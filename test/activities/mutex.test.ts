import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { mutexOf } from '../../src/activities/mutex.ts';
import { createResolver } from '../../src/config/resolve.ts';
import type { Resolver } from '../../src/config/resolve.ts';
import { defineConfig } from '../../src/config/parse.ts';
import { policyOf } from '../../src/config/policy.ts';
import type { BackupPolicy, RunContext } from '../../src/contracts/index.ts';
import { localShell } from '../../src/node/local-shell.ts';

const { signal } = new AbortController();
const config = defineConfig({
  clusters: {
    demo: {
      // Nobody answers: what asks the API here fails.
      kubeconfig: { file: '/nowhere' },
      access: 'ssh',
      stores: { snapshot: 'primary', staticKubeResources: 'primary' },
    },
  },
  stores: { primary: { directory: '/nowhere' } },
});

let backupDirectory: string;
beforeEach(async () => {
  backupDirectory = await mkdtemp(join(tmpdir(), 'etcd-backup-mutex-'));
});
afterEach(async () => await rm(backupDirectory, { recursive: true, force: true }));

/** Reaches this machine as whichever node is asked for, and notes which. */
function resolverTo(nodes: string[]): Resolver {
  const resolver = createResolver(config);
  return {
    ...resolver,
    cluster: (name) => ({
      ...resolver.cluster(name),
      node: {
        open: async ({ take }) => {
          nodes.push(take.nodeName);
          return localShell(take.nodeName);
        },
        end: async () => {},
      },
    }),
  };
}

const contextOf = (name: string, changed: Partial<BackupPolicy> = {}): RunContext => ({
  run: { name, id: `20260101T000000Z-${name}`, cluster: 'demo' },
  policy: { ...policyOf(config, 'demo', {}), backupDirectory, mutex: 'nodeLock', ...changed },
});
const locked = { lockNode: 'master-1' };
const [ours, theirs] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'];

test('without the API the lock is on the node of the backup, and keeps another run away until it is released', async () => {
  const nodes: string[] = [];
  const mutex = mutexOf(contextOf(ours, locked), resolverTo(nodes));
  const other = mutexOf(contextOf(theirs, locked), resolverTo(nodes));
  expect(await mutex.acquire(signal)).toEqual({
    where: `master-1:${backupDirectory}/.lock`,
    holder: ours,
  });
  expect(await readFile(join(backupDirectory, '.lock', 'holder'), 'utf8')).toBe(`${ours}\n`);
  await expect(other.acquire(signal)).rejects.toMatchObject({ type: 'LeaseBusy' });
  await expect(other.renew(signal)).rejects.toMatchObject({ type: 'LeaseLost' });
  await expect(mutex.renew(signal)).resolves.toBeUndefined();
  await other.release(signal);
  await mutex.release(signal);
  expect(await readdir(backupDirectory)).toEqual([]);
  expect(new Set(nodes)).toEqual(new Set(['master-1']));
});

test('a lock that belongs to no node is refused', async () => {
  const mutex = mutexOf(contextOf(ours), resolverTo([]));
  await expect(mutex.acquire(signal)).rejects.toMatchObject({
    type: 'ConfigInvalid',
    message: expect.stringContaining('no node is named'),
  });
});

test('with the API the Lease is asked, and no node', async () => {
  const nodes: string[] = [];
  const mutex = mutexOf(contextOf(ours, { ...locked, mutex: 'lease' }), resolverTo(nodes));
  await expect(mutex.acquire(signal)).rejects.toThrow('cannot read /nowhere');
  expect(nodes).toEqual([]);
});
