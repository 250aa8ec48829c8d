import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const directory = await mkdtemp(join(tmpdir(), 'etcd-backup-rbac-'));
afterAll(() => rm(directory, { recursive: true }));

/** Offline: no cluster, no Temporal, and a kubeconfig that is not there. */
const rbac = (...argv: string[]) =>
  execa(process.execPath, [main, 'rbac', ...argv], {
    cwd: directory,
    env: { PATH: process.env['PATH'], HOME: directory },
    extendEnv: false,
    reject: false,
  });

const objectsIn = (yaml: string): unknown[] =>
  parseAllDocuments(yaml).map((document): unknown => document.toJS());

const identified = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
});

const identityOf = (object: unknown): string => JSON.stringify(identified.parse(object));

test('prints what oc can apply, and first of all that it makes root of the control plane', async () => {
  const { stdout, exitCode } = await rbac();
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^# Whoever holds these rights is root on the control plane/);
  const objects = objectsIn(stdout);
  expect(objects).toContainEqual({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: 'etcd-backup',
      labels: {
        'pod-security.kubernetes.io/enforce': 'privileged',
        'pod-security.kubernetes.io/audit': 'privileged',
        'pod-security.kubernetes.io/warn': 'privileged',
        'security.openshift.io/scc.podSecurityLabelSync': 'false',
      },
      annotations: { 'openshift.io/node-selector': '' },
    },
  });
  expect(objects).toContainEqual(
    expect.objectContaining({
      kind: 'Role',
      metadata: { name: 'etcd-backup', namespace: 'etcd-backup' },
      rules: expect.arrayContaining([
        { apiGroups: [''], resources: ['pods/exec'], verbs: ['get', 'create'] },
        {
          apiGroups: ['security.openshift.io'],
          resources: ['securitycontextconstraints'],
          resourceNames: ['privileged'],
          verbs: ['use'],
        },
      ]),
    }),
  );
});

test('every role has a binding to the service account, which is made where it is ours', async () => {
  const { stdout } = await rbac('--namespace', 'dr');
  const objects = objectsIn(stdout);
  const subjects = [{ kind: 'ServiceAccount', namespace: 'dr', name: 'etcd-backup' }];
  const account = { name: 'etcd-backup', namespace: 'dr' };
  expect(objects).toContainEqual(
    expect.objectContaining({ kind: 'ServiceAccount', metadata: account }),
  );
  for (const [namespace, name] of [
    ['dr', 'etcd-backup'],
    ['openshift-etcd', 'etcd-backup-dr'],
    ['openshift-config-managed', 'etcd-backup-dr'],
  ] as const) {
    expect(objects).toContainEqual(
      expect.objectContaining({
        kind: 'RoleBinding',
        metadata: { name, namespace },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects,
      }),
    );
  }
  expect(objects).toContainEqual(expect.objectContaining({ kind: 'ClusterRoleBinding', subjects }));
});

test('what two installations on one cluster need is in objects of their own', async () => {
  const identities = async (namespace: string) =>
    objectsIn((await rbac('--namespace', namespace)).stdout).map(identityOf);
  const [one, other] = await Promise.all([identities('etcd-backup'), identities('dr')]);
  expect(one.length).toBeGreaterThan(6);
  expect(other).toHaveLength(one.length);
  expect(one.filter((identity) => other.includes(identity))).toEqual([]);
});

test('a service account of others is bound and not made; so is a user', async () => {
  const elsewhere = await rbac('--service-account', 'temporal/worker');
  expect(elsewhere.stdout).toContain('name: worker');
  expect(elsewhere.stdout).not.toContain('kind: ServiceAccount\nmetadata:');
  const user = await rbac('--user', 'backup@example.com');
  expect(user.stdout).toMatch(/subjects:\n +- kind: User\n +name: backup@example\.com/);
  expect(user.stdout).not.toContain('kind: ServiceAccount');
});

test('its head says how it is applied, and how the kubeconfig of that account comes to be', async () => {
  const head = async (...argv: string[]) => (await rbac(...argv)).stdout.split('---')[0];
  expect(await head('--namespace', 'dr')).toContain(
    '# Apply as cluster-admin with: oc apply -f -\n',
  );
  expect(await head('--namespace', 'dr')).toContain(
    'oc create token etcd-backup -n dr --duration=',
  );
  expect(await head('--service-account', 'temporal/worker')).toContain(
    'oc sa get-token worker -n temporal)',
  );
  expect(await head('--user', 'backup@example.com')).not.toContain('token');
});

test('grants no Secret, no nodes/proxy and no wildcard', async () => {
  const { stdout } = await rbac();
  const rules = stdout.split('\n').filter((line) => /^ +(- apiGroups|resources|verbs):/.test(line));
  expect(rules.length).toBeGreaterThan(30);
  expect(rules.filter((line) => /secrets|nodes\/proxy|\*/.test(line))).toEqual([]);
});

test('with a cluster, its namespace and access are those of the configuration', async () => {
  await writeFile(
    join(directory, 'etcd-backup.yaml'),
    `clusters:
  prod-eu:
    kubeconfig: { file: nowhere }
    access: ssh
    namespace: dr
    stores: { snapshot: primary, staticKubeResources: primary }
stores:
  primary: { directory: backups }
`,
  );
  const { stdout, exitCode } = await rbac('prod-eu');
  expect(exitCode).toBe(0);
  expect(objectsIn(stdout)).toContainEqual({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'dr' },
  });
  expect(stdout).not.toMatch(/pods\/exec|securitycontextconstraints|privileged/);
  expect(stdout).toContain('root on the control plane');
});

test.for([
  ['a namespace that could not be one', ['--namespace', 'No_Such']],
  ['an access that there is not', ['--access', 'telnet']],
  ['a service account without a namespace', ['--service-account', 'worker']],
  ['a user and a service account', ['--user', 'a', '--service-account', 'b/c']],
  ['a cluster that is not in the configuration', ['prod-ue']],
] as const)('%s is a usage error', async ([, argv]) => {
  const { stdout, exitCode } = await rbac(...argv);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
});
