import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { withApi } from '../../lab/cluster/api.ts';
import { labDown, labUp } from '../../lab/index.ts';
import type { Lab } from '../../lab/index.ts';
import { backupPermissions, grantPermissions } from '../../lab/openshift/backup-user.ts';
import { acquireLeaseStep } from '../../src/activities/acquire-lease.ts';
import { checkClusterStep } from '../../src/activities/check-cluster.ts';
import { endDebugSessionStep } from '../../src/activities/end-debug-session.ts';
import { planBackup } from '../../src/activities/plan-backup.ts';
import { releaseLeaseStep } from '../../src/activities/release-lease.ts';
import { startDebugSessionStep } from '../../src/activities/start-debug-session.ts';
import type { StepContext } from '../../src/activities/step.ts';
import type { Config } from '../../src/config/config.ts';
import { defineConfig } from '../../src/config/parse.ts';
import { createResolver } from '../../src/config/resolve.ts';
import type { BackupPlan, Inspection } from '../../src/contracts/index.ts';
import { missingPermissions } from '../../src/openshift/missing-permissions.ts';
import { describePermission } from '../../src/openshift/observe-cluster.ts';
import type { RequiredPermission } from '../../src/openshift/permissions.ts';
import { waitUntil } from '../../src/testing/index.ts';

let lab: Lab;
let directory: string;
let config: Config;
let context: StepContext;
const run = { name: 'abcdefghijkl', id: '20260101T000000Z-abcdefghijkl', cluster: 'lab' };

beforeAll(async () => {
  await labDown();
  lab = await labUp();
  directory = await mkdtemp(join(tmpdir(), 'etcd-backup-rbac-'));
  const store = join(directory, 'primary');
  await mkdir(store);
  config = defineConfig({
    clusters: {
      lab: {
        kubeconfig: { file: lab.backupKubeconfigPath },
        stores: { snapshot: 'primary', staticKubeResources: 'primary' },
      },
    },
    stores: { primary: { directory: store } },
  });
  context = {
    resolver: createResolver(config),
    signal: new AbortController().signal,
    report: () => undefined,
    cancelRequested: () => false,
  };
});
afterAll(async () => {
  await labDown();
  await rm(directory, { recursive: true, force: true });
});

/** Takes one permission from the backup user, and waits until the authoriser knows. */
async function without(permission: RequiredPermission | undefined): Promise<void> {
  const granted = backupPermissions.filter((each) => each !== permission);
  await withApi(async (api) => await grantPermissions(api, granted));
  const { api } = context.resolver.cluster('lab');
  await waitUntil('the rules in force', async () => {
    const missing = await missingPermissions(api, backupPermissions, context.signal);
    return missing.length === (permission === undefined ? 0 : 1) && missing[0] === permission
      ? true
      : undefined;
  });
}

const plan = async (): Promise<{ plan: BackupPlan; inspection?: Inspection }> =>
  await planBackup(config, context.resolver, { run, request: { cluster: 'lab' } }, context.signal);

const wherever = ({ name, ...permission }: RequiredPermission): string =>
  `${describePermission(permission)}${name === undefined ? '' : ` (${name})`}`;
const isForLaterReleases = ({ since }: RequiredPermission): boolean => since !== undefined;
const needed = backupPermissions.filter((permission) => !isForLaterReleases(permission));

describe('the real authoriser', () => {
  test('lets a backup begin with exactly the rules that `etcd-backup rbac` prints', async () => {
    expect((await plan()).plan).toMatchObject({ outcome: 'ready', missingPermissions: [] });
  });

  test.for(needed.map((permission) => [wherever(permission), permission] as const))(
    'without %s a check refuses, and names it',
    async ([, permission]) => {
      await without(permission);
      const { outcome, missingPermissions } = (await plan()).plan;
      expect({ outcome, missingPermissions }).toEqual({
        outcome: 'refused',
        missingPermissions: [permission],
      });
    },
  );

  test('without what only a later release asks for a backup may begin, and the check tells', async () => {
    await without(backupPermissions.find(isForLaterReleases));
    const { outcome, warnings } = (await plan()).plan;
    expect(outcome).toBe('ready');
    expect(warnings).toContainEqual(
      expect.stringMatching(/^create pods\/exec in namespace etcd-backup is not granted/),
    );
  });
});

describe('a run that nobody checked', () => {
  const reads = needed.filter(
    ({ namespace, verb, resource }) =>
      namespace !== 'etcd-backup' && !(verb === 'get' && resource === 'nodes'),
  );

  test.for(reads.map((permission) => [wherever(permission), permission] as const))(
    'without %s ends in checkCluster, which names it',
    async ([, permission]) => {
      await without(permission);
      await expect(
        checkClusterStep(config)({ run, request: { cluster: 'lab' } }, context),
      ).rejects.toMatchObject({
        type: 'ClusterDenied',
        message: expect.stringContaining(describePermission(permission)),
      });
    },
  );

  const inOurs = (verb: string, resource: string): RequiredPermission =>
    backupPermissions.find(
      (each) =>
        each.verb === verb && each.resource === resource && each.namespace === 'etcd-backup',
    ) ?? expect.unreachable(`${verb} ${resource} is required`);
  const take = async (): Promise<Inspection> =>
    (await plan()).inspection ?? expect.unreachable('the lab has a fit node');
  const acquire = async (): Promise<unknown> => await acquireLeaseStep(await take(), context);
  const release = async (): Promise<void> => await releaseLeaseStep(await take(), context);
  const startSession = async (): Promise<void> =>
    await startDebugSessionStep(await take(), context);
  const endSession = async (): Promise<void> => await endDebugSessionStep(await take(), context);

  test.for([
    ['get', 'leases', acquire],
    ['create', 'leases', acquire],
    ['update', 'leases', acquire],
    ['delete', 'leases', release],
    ['get', 'pods', startSession],
    ['create', 'pods', startSession],
    ['get', 'pods/exec', startSession],
    ['delete', 'pods', endSession],
  ] as const)(
    'without %s %s ends in the step that needs it, which names it',
    async ([verb, resource, step]) => {
      await without(undefined);
      if (verb === 'update' || verb === 'delete')
        await (resource === 'pods' ? startSession() : acquire());
      const permission = inOurs(verb, resource);
      await without(permission);
      await expect(step()).rejects.toMatchObject({
        type: 'ClusterDenied',
        // An exec is told as needing both of its verbs.
        message: expect.stringMatching(`^${verb}( and create)? ${resource}(\\.[a-z.0-9]+)?: 403 `),
      });
      await without(undefined);
      await endSession();
      await release();
    },
  );
});
