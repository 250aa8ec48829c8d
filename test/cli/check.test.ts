import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { ConfigInput } from '../../src/index.ts';
import { condition, startStandInCluster, waitUntil } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
let cluster: StandInCluster;
let directory: string;

beforeAll(async () => {
  cluster = await startStandInCluster({ nodes: 3 });
});
afterAll(async () => await cluster?.close());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'etcd-backup-check-'));
  for (const store of ['primary', 'vault']) await mkdir(join(directory, store));
  await configure({});
});
afterEach(async () => {
  cluster.faults.removeAll();
  await rm(directory, { recursive: true, force: true });
});

async function configure(
  cluster_: Readonly<Record<string, unknown>>,
  signing?: ConfigInput['signing'],
): Promise<void> {
  const demo = {
    kubeconfig: { file: cluster.kubeconfigPath },
    stores: { snapshot: 'primary', staticKubeResources: 'vault' },
    ...cluster_,
  };
  const stores = { primary: { directory: 'primary' }, vault: { directory: 'vault' } };
  // JSON is YAML too.
  const text = JSON.stringify({ clusters: { demo }, stores, signing });
  await writeFile(join(directory, 'etcd-backup.yaml'), text);
}

/** Port 1 has no Temporal: a check needs none. */
const start = (...argv: string[]) =>
  execa(process.execPath, [main, 'check', 'demo', ...argv], {
    cwd: directory,
    env: { PATH: process.env['PATH'], HOME: directory, TEMPORAL_ADDRESS: '127.0.0.1:1' },
    extendEnv: false,
    reject: false,
  });

/** What the command asked the cluster to change. */
async function writesDuring(act: () => Promise<unknown>): Promise<readonly string[]> {
  const before = cluster.requests.length;
  await act();
  const writes = cluster.requests
    .slice(before)
    .filter(
      ({ user, method, resource }) =>
        user === 'client' && (method !== 'GET' || resource === 'pods/exec'),
    )
    .map(({ verb, resource }) => `${verb} ${resource}`);
  return [...new Set(writes)];
}

/** Makes an operator roll something out for as long as `act` takes. */
async function whileProgressing(name: string, act: () => Promise<void>): Promise<void> {
  const operator = cluster.objects.clusterOperators.find(({ metadata }) => metadata.name === name);
  const progressing = condition(operator!.status.conditions, 'Progressing');
  progressing.status = 'True';
  try {
    await act();
  } finally {
    progressing.status = 'False';
  }
}

describe('a check of a healthy cluster', () => {
  test('says what a backup would do, and ends with 0', async () => {
    const { stdout, exitCode } = await start();
    expect({ exitCode, answer: stdout.split('\n')[0] }).toEqual({
      exitCode: 0,
      answer: 'demo (OpenShift 4.16.20): a backup may begin',
    });
    for (const words of [
      'node        master-0: ',
      'etcd-backup/etcd-backup-<run name>-1',
      '/usr/local/bin/cluster-backup.sh /home/core/assets/backup/<run name>-1/backup',
      'primary: demo/<UTC time>-<run name>/snapshot_<time>.db',
      'vault: demo/<UTC time>-<run name>/static_kuberesources_<time>.tar.gz',
      'primary: demo/<UTC time>-<run name>/manifest.json',
      'passed operatorsSettled ',
      'not asked yet: tools, freeSpace, ',
      'Nothing was created on the cluster. To begin: etcd-backup run demo',
    ]) {
      expect(stdout).toContain(words);
    }
  });

  test('warns where its manifest cannot be signed from here, and lets a worker that can', async () => {
    await configure({}, { privateKey: { file: 'nowhere.pem' } });
    const { stdout, exitCode } = await start();
    expect(exitCode).toBe(0);
    expect(stdout).toContain('the manifest cannot be signed from here: signing.privateKey.file: ');
  });

  test('creates nothing in the cluster: it reads, and asks what it may', async () => {
    const writes = await writesDuring(() => start());
    expect(writes).toEqual(['create selfsubjectaccessreviews']);
  });

  test('has no colour and no mark where it is read by a program', async () => {
    const { stdout } = await start();
    for (const sign of ['\u001B', '✓', '✗', '…']) expect(stdout).not.toContain(sign);
  });

  test('with --json is one object: the plan, with the whole pod', async () => {
    const { stdout } = await start('--json');
    expect(stdout.split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({
      cluster: 'demo',
      outcome: 'ready',
      missingPermissions: [],
      access: 'debugPod',
      pod: {
        kind: 'Pod',
        metadata: { namespace: 'etcd-backup', name: 'etcd-backup-<run name>-1' },
        spec: { nodeName: 'master-0', hostPID: true, activeDeadlineSeconds: 7200 },
      },
    });
  });

  test('takes the node that it is told, and says so', async () => {
    const { stdout } = await start('--node', 'master-2');
    expect(stdout).toMatch(/^ {2}node +master-2: .*named/m);
  });
});

test('three faults of a cluster are named in one go, each with its way out, and nothing is created', async () => {
  await whileProgressing('etcd', async () => {
    using _faults = restrictNamespaceAndLoseNodes();
    let checked: Awaited<ReturnType<typeof start>> | undefined;
    const writes = await writesDuring(async () => {
      checked = await start();
    });
    expect(writes).toEqual(['create selfsubjectaccessreviews']);
    expect(checked?.exitCode).toBe(3);
    const lines = checked?.stdout.split('\n') ?? [];
    expect(lines[0]).toContain('a backup would be refused');
    for (const guard of ['operatorsSettled', 'fitNode', 'debugNamespace']) {
      const at = lines.findIndex((line) => line.startsWith(`  refused ${guard} `));
      expect(lines[at + 1]).toContain(`--override ${guard}="<why>"`);
    }
  });
});

function restrictNamespaceAndLoseNodes(): Disposable {
  const { namespaces, nodes } = cluster.objects;
  const ours = namespaces.find(({ metadata }) => metadata.name === cluster.namespace);
  const before = ours!.metadata.labels;
  ours!.metadata.labels = { ...before, 'pod-security.kubernetes.io/enforce': 'restricted' };
  const ready = nodes.map(({ status }) => condition(status.conditions, 'Ready'));
  for (const each of ready) each.status = 'False';
  return {
    [Symbol.dispose]() {
      if (before !== undefined) ours!.metadata.labels = before;
      for (const each of ready) each.status = 'True';
    },
  };
}

describe('a right that is missing', () => {
  test('is named by verb and resource, and hides no fault of the cluster', async () => {
    cluster.faults.api({ fault: 'deny', resource: 'configmaps' });
    cluster.faults.api({ fault: 'deny', verb: 'create', resource: 'pods' });
    await whileProgressing('kube-scheduler', async () => {
      const { stdout, exitCode } = await start();
      expect(exitCode).toBe(3);
      expect(stdout).toMatch(/refused +operatorsSettled +progressing: kube-scheduler/);
      expect(stdout).toContain(
        'missing get configmaps csr-controller-ca in namespace openshift-config-managed',
      );
      expect(stdout).toContain('missing create pods in namespace etcd-backup, for the debug pod');
      expect(stdout).toMatch(/not known +firstCertificateRotation/);
    });
  });

  test('ends it with 1 where no guard refuses, and says what an administrator applies', async () => {
    cluster.faults.api({ fault: 'deny', resource: 'pods/exec', verb: 'get' });
    const { stdout, exitCode } = await start();
    expect(exitCode).toBe(1);
    expect(stdout).toContain('missing get pods/exec in namespace etcd-backup');
    expect(stdout).toContain('etcd-backup rbac demo | oc apply -f -');
  });

  test('that only a later release asks for is told, and refuses nothing', async () => {
    cluster.faults.api({ fault: 'deny', resource: 'pods/exec', verb: 'create' });
    const { stdout, exitCode } = await start();
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      'create pods/exec in namespace etcd-backup is not granted: OpenShift 4.22 will ask for it',
    );
  });
});

test('an overridden guard is told as such, and the script is then called with --force', async () => {
  await whileProgressing('etcd', async () => {
    const { stdout, exitCode } = await start('--override', 'operatorsSettled=OPS-7');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/overridden operatorsSettled .*OPS-7/);
    expect(stdout).toContain('cluster-backup.sh --force ');
    expect(stdout).toContain('snapshot_<time>__POSSIBLY_DIRTY__.db');
  });
});

test('an override of no guard is an error of usage', async () => {
  const { stderr, exitCode } = await start('--override', 'operatorSettled=OPS-7');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('did you mean operatorsSettled?');
});

test('a wait is no refusal: it ends with 0 and says until when', async () => {
  const hour = (from: number) =>
    `${String((new Date().getUTCHours() + from) % 24).padStart(2, '0')}:00`;
  const quietHours = { from: hour(3), to: hour(5), timeZone: 'UTC', outside: 'wait' };
  await configure({ quietHours });
  const { stdout, exitCode } = await start();
  expect(exitCode).toBe(0);
  expect(stdout).toContain('a backup would wait, then begin by itself');
  expect(stdout).toMatch(/waits +quietHours .*passes by itself at \d{4}-/);
});

test('a store that is not there is named, with all else, and ends it with 1', async () => {
  await rm(join(directory, 'vault'), { recursive: true });
  const { stdout, exitCode } = await start();
  expect(exitCode).toBe(1);
  expect(stdout).toContain('vault: StoreUnavailable: ');
  expect(stdout).toContain('passed operatorsSettled ');
});

test('a cluster that does not answer has no plan', async () => {
  cluster.faults.refuseConnections();
  const { stdout, exitCode } = await start('--json');
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ error: { type: 'ClusterUnreachable' } });
});

describe('with --on-node', () => {
  test('the guards of the node are evaluated, and the pod is ended', async () => {
    const { stdout, exitCode } = await start('--on-node');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/On the node\n(.*\n)+? {2}passed +tools /);
    expect(stdout).toContain('script  /usr/local/bin/cluster-backup.sh, as of OpenShift 4.13');
    expect(ourPods()).toEqual([]);
  });

  test('Ctrl-C ends the pod before the command ends', async () => {
    const held = cluster.faults.exec({ fault: 'delay' });
    const checking = start('--on-node');
    await waitUntil(
      'the pod of the check',
      () => (ourPods().length > 0 ? true : undefined),
      20_000,
    );
    checking.kill('SIGINT');
    const { exitCode } = await checking;
    held.remove();
    expect(exitCode).toBe(130);
    expect(ourPods()).toEqual([]);
  });

  test('a pod that admission refuses is told beside the plan', async () => {
    cluster.faults.api({ fault: 'deny', resource: 'pods', verb: 'create' });
    const { stdout, exitCode } = await start('--on-node');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/could not be looked at: ClusterDenied: create pods: 403/);
    expect(stdout).toContain('passed operatorsSettled ');
  });
});

test.for([
  ['a task queue for a check that no worker makes', ['--task-queue', 'zone-1'], '--via-worker'],
  ['the commands of a person for a program', ['--manual', '--json'], '--json'],
] as const)('%s is a usage error that says why, and asks nobody', async ([, argv, words]) => {
  const before = cluster.requests.length;
  const { stderr, exitCode } = await start(...argv);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(new RegExp(`^error: option '${argv[0]}.*${words}`));
  expect(cluster.requests).toHaveLength(before);
});

function ourPods(): readonly string[] {
  return [...cluster.objects.pods.values()]
    .filter(({ metadata }) => metadata.namespace === cluster.namespace)
    .map(({ metadata }) => metadata.name);
}
