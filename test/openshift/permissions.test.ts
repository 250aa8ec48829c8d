import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { planBackup } from '../../src/activities/plan-backup.ts';
import { defineConfig } from '../../src/config/parse.ts';
import { createResolver } from '../../src/config/resolve.ts';
import type { Resolver } from '../../src/config/resolve.ts';
import type { Config } from '../../src/config/config.ts';
import type { Permission } from '../../src/contracts/index.ts';
import { acquireLease, releaseLease, renewLease } from '../../src/kubernetes/lease.ts';
import { missingPermissions } from '../../src/openshift/missing-permissions.ts';
import { requiredPermissions } from '../../src/openshift/permissions.ts';
import { rbacObjects } from '../../src/openshift/rbac-objects.ts';
import { startStandInCluster } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';

const required = requiredPermissions({ access: 'debugPod', namespace: 'etcd-backup' });
const { signal } = new AbortController();
const run = { name: 'abcdefghijkl', id: '20260101T000000Z-abcdefghijkl', cluster: 'demo' };

let cluster: StandInCluster;
let directory: string;
let config: Config;
let resolver: Resolver;

beforeAll(async () => {
  cluster = await startStandInCluster({ nodes: 3 });
  directory = await mkdtemp(join(tmpdir(), 'etcd-backup-permissions-'));
  await mkdir(join(directory, 'primary'));
  config = defineConfig({
    clusters: {
      demo: {
        kubeconfig: { file: cluster.kubeconfigPath },
        stores: { snapshot: 'primary', staticKubeResources: 'primary' },
      },
    },
    stores: { primary: { directory: join(directory, 'primary') } },
  });
  resolver = createResolver(config);
});
afterAll(async () => {
  await cluster?.close();
  await rm(directory, { recursive: true, force: true });
});

/** Everything that a run asks of the API, the lease of a dead run among it. */
async function useEverything(): Promise<void> {
  const { api, node } = resolver.cluster('demo');
  const claim = { namespace: 'etcd-backup', run: run.name, cluster: 'demo' };
  await acquireLease(api, { ...claim, run: 'zzzzzzzzzzzz' }, signal);
  for (const { spec } of cluster.objects.leases) spec.renewTime = '2020-01-01T00:00:00.000000Z';
  await acquireLease(api, claim, signal);
  await renewLease(api, claim, signal);
  const { inspection } = await planBackup(
    config,
    resolver,
    { run, request: { cluster: 'demo' } },
    signal,
  );
  const visit = inspection ?? expect.unreachable('the cluster has a fit node');
  const shell = await node.open(visit, signal);
  await shell.run(['true'], { signal });
  await node.end(visit, signal);
  await releaseLease(api, claim, signal);
}

interface Asked {
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Of a namespace itself, RBAC takes its name for its namespace too. */
const grants = (permission: Permission, { verb, resource, namespace, name }: Asked): boolean =>
  permission.verb === verb &&
  permission.resource === resource &&
  (permission.namespace ?? '') === (resource === 'namespaces' ? name : namespace) &&
  (permission.name === undefined || permission.name === name);

describe('what a whole backup asks the API for', () => {
  let asked: readonly Asked[];
  beforeAll(async () => {
    await useEverything();
    asked = cluster.requests.filter(
      ({ user, resource }) => user === 'client' && resource !== 'selfsubjectaccessreviews',
    );
  });

  test('is all granted', () => {
    const beyond = asked.filter((one) => !required.some((permission) => grants(permission, one)));
    expect(beyond).toEqual([]);
  });

  test('is all that is granted, but for what the API server asks for by itself', () => {
    const unused = required
      .filter((permission) => !asked.some((one) => grants(permission, one)))
      .map(({ verb, resource }) => `${verb} ${resource}`);
    expect(unused).toEqual(['create pods/exec', 'use securitycontextconstraints']);
  });
});

test.for(['debugPod', 'ssh', 'local'] as const)(
  'no permission on a Secret, on nodes/proxy, or to run a command in a pod of etcd, for access %s',
  (access) => {
    const permissions = requiredPermissions({ access, namespace: 'ours' });
    expect(permissions.filter(({ resource }) => /secret|proxy$/.test(resource))).toEqual([]);
    const execs = permissions.filter(({ resource }) => resource === 'pods/exec');
    expect(execs.map(({ namespace }) => namespace)).toEqual(
      access === 'debugPod' ? ['ours', 'ours'] : [],
    );
    expect(permissions.filter(({ verb }) => verb === '*')).toEqual([]);
  },
);

test('the rules grant each permission, and nothing besides', () => {
  const subject = { kind: 'User', name: 'backup' } as const;
  const objects = rbacObjects({ access: 'debugPod', namespace: 'etcd-backup', subject });
  const granted = objects.flatMap(({ object: { metadata, rules = [] } }) =>
    rules.flatMap(({ apiGroups, resources, verbs, resourceNames = [''] }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.flatMap((verb) =>
            resourceNames.map((name) => [verb, group, resource, metadata.namespace ?? '', name]),
          ),
        ),
      ),
    ),
  );
  const wanted = required.map(({ verb, group, resource, namespace = '', name = '' }) => [
    verb,
    group,
    resource,
    namespace,
    name,
  ]);
  expect(granted.map((each) => each.join(' ')).sort()).toEqual(
    wanted.map((each) => each.join(' ')).sort(),
  );
});

describe('the question what is missing', () => {
  test('is answered by the cluster, for each permission, in their order', async () => {
    const { api } = resolver.cluster('demo');
    const denied = [
      cluster.faults.api({ fault: 'deny', verb: 'list', resource: 'nodes' }),
      cluster.faults.api({ fault: 'deny', resource: 'securitycontextconstraints' }),
      cluster.faults.api({ fault: 'deny', resource: 'pods/exec', namespace: 'etcd-backup' }),
    ];
    const missing = await missingPermissions(api, required, signal);
    for (const fault of denied) fault.remove();
    expect(missing.map(({ verb, resource }) => `${verb} ${resource}`)).toEqual([
      'list nodes',
      'get pods/exec',
      'create pods/exec',
      'use securitycontextconstraints',
    ]);
  });

  test('that may not even be asked fails, naming verb and resource', async () => {
    const { api } = resolver.cluster('demo');
    const fault = cluster.faults.api({ fault: 'deny', resource: 'selfsubjectaccessreviews' });
    await expect(missingPermissions(api, required, signal)).rejects.toMatchObject({
      type: 'ClusterDenied',
      message: expect.stringContaining('create selfsubjectaccessreviews.authorization.k8s.io'),
    });
    fault.remove();
  });
});
