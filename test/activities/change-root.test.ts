import { afterEach, describe, expect, test } from 'vitest';

import { changeRootStep } from '../../src/activities/change-root.ts';
import type { BackupActivities, NodeFacts } from '../../src/contracts/index.ts';
import { runExec } from '../../src/kubernetes/run-exec.ts';
import { debugContainer } from '../../src/node/debug-pod.ts';
import type { NodeShell } from '../../src/node/node-shell.ts';
import { keyChange, readKeyGeneration } from '../../src/openshift/key-generation.ts';
import { nodeGuardNames } from '../../src/openshift/node-guards/names.ts';
import { backupDirectory, takesOnNode } from '../script/take-directories.ts';
import { useSteps } from './step-bench.ts';

type Facts = Parameters<BackupActivities['changeRoot']>[0]['facts'];

const script = '/usr/local/bin/cluster-backup.sh';
const database = '/var/lib/etcd/member/snap/db';
const mib = 1024 ** 2;

function missing(what: string): never {
  throw new Error(`there is no ${what}`);
}

describe('a node that is asked whether a backup may begin', () => {
  const bench = useSteps();
  const takes = takesOnNode(() => bench.cluster.node());
  const changeRoot = async (facts: Partial<Facts> = {}): Promise<NodeFacts> =>
    await changeRootStep(
      { ...bench.input, facts: { openshiftVersion: '4.16.20', overrides: [], ...facts } },
      bench.context,
    );
  const keysNow = async () =>
    await readKeyGeneration(
      bench.context.resolver.cluster('demo').api,
      await bench.shell(),
      'master-0',
      bench.context.signal,
    );
  const overriding = (guard: string) => ({ overrides: [{ guard, reason: 'drill 7' }] });
  const outcomes = ({ guards }: NodeFacts) =>
    Object.fromEntries(guards.map(({ guard, outcome }) => [guard, outcome]));

  afterEach(async () => {
    await bench.cluster.node().freeDisk();
    await takes.clear();
  });

  test('says what was found, and what could not be known', async () => {
    const found = await changeRoot();
    expect(found).toMatchObject({
      bootId: bench.cluster.node().bootId,
      openshiftVersion: '4.16.20',
      script: { path: script },
    });
    expect(found.guards.map(({ guard }) => guard)).toEqual(nodeGuardNames);
    // This cluster has no etcd.
    expect(outcomes(found)).toEqual({
      tools: 'passed',
      freeSpace: 'notEvaluated',
      etcdQuorum: 'notEvaluated',
      etcdMember: 'notEvaluated',
      separateStores: 'passed',
      combinedFile: 'passed',
    });
    expect(found).not.toHaveProperty('etcd');
    expect(found.leastFreeBytes).toBeGreaterThan(0.14 * found.freeBytes);
    expect(await takes.names()).toEqual([bench.paths.root.slice(backupDirectory.length + 1)]);
  });

  test("removes and makes nothing in another root than the node's own", async () => {
    const { namespace, podName, nodeName } = bench.input.session ?? missing('debug session');
    const shell = await bench.shell();
    const target = { namespace, podName, nodeName, container: debugContainer };
    const connection = { kubeconfig: { file: bench.cluster.kubeconfigPath } };
    const { signal, resolver } = bench.context;
    // The pod's own file system: what a chroot that leads nowhere would give.
    const run: NodeShell['run'] = async (argv) =>
      await runExec(connection, target, argv, { maxBytes: 65_536, signal });
    const directory = `${backupDirectory}/deaddeaddead-1`;
    const owner = 'echo "temporal-etcd-backup deaddeaddead 1" > "$1/etcd-backup-run"';
    await run(['sh', '-c', `mkdir -p "$1" && ${owner}`, 'sh', directory]);
    const found = {
      ...resolver.cluster('demo'),
      node: { open: async () => ({ ...shell, run }), end: async () => {} },
    };
    const context = { ...bench.context, resolver: { ...resolver, cluster: () => found } };
    const facts = { openshiftVersion: '4.16.20', overrides: [] };
    await expect(changeRootStep({ ...bench.input, facts }, context)).rejects.toMatchObject({
      type: 'NodeUnfit',
      message: expect.stringContaining("node's own root"),
    });
    expect((await run(['ls', backupDirectory])).stdout.toString()).toBe('deaddeaddead-1\n');
  });

  test('is not fit while its disk is full: no directory is made, and an override goes on', async () => {
    await bench.cluster.node().fillDisk({ leaveBytes: 100 * mib });
    await expect(changeRoot()).rejects.toMatchObject({
      type: 'NodeDiskFull',
      nonRetryable: true,
      message: expect.stringMatching(/freeSpace: .* are free; .*\[node=master-0\]$/),
    });
    expect(await takes.names()).toEqual([]);
    const found = await changeRoot(overriding('freeSpace'));
    expect(outcomes(found)).toMatchObject({ freeSpace: 'overridden' });
    expect(found.guards.find(({ guard }) => guard === 'freeSpace')?.evidence).toMatch(
      /overridden: drill 7; the script is not stopped when less than that is left$/,
    );
    expect(found.leastFreeBytes).toBe(0);
  });

  test('with room enough, has its disk watched although freeSpace is overridden', async () => {
    const node = bench.cluster.node();
    await node.writeFile(database, 'a database');
    const found = await changeRoot(overriding('freeSpace'));
    await node.remove(database);
    expect(outcomes(found)).toMatchObject({ freeSpace: 'passed' });
    expect(found.leastFreeBytes).toBeGreaterThan(0.14 * found.freeBytes);
  });

  test('is rid of what dead runs left before its free space is judged', async () => {
    const dead = await takes.dead('deaddeaddead-1');
    const kept = await takes.kept('keptkeptkept-1');
    await bench.cluster.node().run(['fallocate', '-l', String(900 * mib), `${dead}/backup/big`]);
    const { warnings } = await changeRoot();
    expect(warnings).toContain(`removed what dead runs had left on the node: ${dead}`);
    expect(await takes.names()).toContain(kept.slice(backupDirectory.length + 1));
  });

  test('keeps what other runs have there where only its lock is held: one may hold the Lease', async () => {
    await takes.dead('deaddeaddead-1');
    const policy = { ...bench.input.policy, mutex: 'nodeLock', lockNode: 'master-0' } as const;
    const facts = { openshiftVersion: '4.16.20', overrides: [] };
    await changeRootStep({ ...bench.input, policy, facts }, bench.context);
    expect(await takes.names()).toContain('deaddeaddead-1');
  });

  test('tells its own version where the API did not, and is not fit where nobody does', async () => {
    const node = bench.cluster.node();
    const { openshiftVersion: _, ...silent } = { openshiftVersion: '', overrides: [] };
    const ask = async () => await changeRootStep({ ...bench.input, facts: silent }, bench.context);
    expect((await ask()).openshiftVersion).toBe('4.16');
    await takes.clear();
    const release = await node.readFile('/etc/os-release');
    await node.writeFile('/etc/os-release', 'ID="rhcos"\n');
    await expect(ask()).rejects.toMatchObject({
      type: 'NodeUnfit',
      message: expect.stringContaining('which OpenShift it is'),
    });
    expect(await takes.names()).toEqual([]);
    await node.writeFile('/etc/os-release', release);
  });

  test('knows the generation of its keys before the snapshot, and sees them rotate', async () => {
    const node = bench.cluster.node();
    await node.setEncryptionConfig(['1']);
    const { keys: before = {} } = await changeRoot({ encryption: { type: 'aescbc' } });
    expect(before).toMatchObject({ revisions: { latest: expect.any(Number) }, keyNames: ['1'] });
    expect(keyChange(before, await keysNow())).toBeUndefined();
    await node.setEncryptionConfig(['2', '1'], 99);
    expect(keyChange(before, await keysNow())).toBe(
      'the keys of the encryption config were 1, now 2, 1',
    );
  });

  test('does not ask an API that is known to be away', async () => {
    const policy = { ...bench.input.policy, mutex: 'nodeLock' as const };
    const before = bench.cluster.requests.length;
    const facts = { openshiftVersion: '4.16.20', overrides: [] };
    const found = await changeRootStep({ ...bench.input, policy, facts }, bench.context);
    const asked = bench.cluster.requests.slice(before).map(({ resource }) => resource);
    expect(asked).not.toContain('kubeapiservers');
    expect(found.keys).not.toHaveProperty('revisions');
  });

  test('refuses the run that would put its keys beside the data while the API is away, unless overridden', async () => {
    await bench.cluster.node().setEncryptionConfig(['1']);
    const stores = { snapshot: 'primary', staticKubeResources: 'primary' };
    const policy = { ...bench.input.policy, mutex: 'nodeLock' as const, stores };
    const ask = async (overrides: Facts['overrides'], separateStores: 'auto' | 'never' = 'auto') =>
      await changeRootStep(
        { ...bench.input, policy: { ...policy, separateStores }, facts: { overrides } },
        bench.context,
      );
    await expect(ask([])).rejects.toMatchObject({
      type: 'GuardRefused',
      nonRetryable: true,
      message: expect.stringMatching(/^separateStores: .*primary, .* the node has the keys 1 \[/),
    });
    expect(await takes.names()).toEqual([]);
    const { overrides } = overriding('separateStores');
    expect(outcomes(await ask(overrides))).toMatchObject({ separateStores: 'overridden' });
    expect(outcomes(await ask([], 'never'))).toMatchObject({ separateStores: 'passed' });
  });

  test('refuses the run where its script would put the keys beside the data, unless overridden', async () => {
    const node = bench.cluster.node();
    await node.installScript('4.3.0');
    const facts = { openshiftVersion: '4.3.0', encryption: { type: 'aescbc' } };
    await expect(changeRoot(facts)).rejects.toMatchObject({
      type: 'GuardRefused',
      nonRetryable: true,
      message: expect.stringContaining('combinedFile: the script of 4.3.0 writes one file'),
    });
    expect(await takes.names()).toEqual([]);
    const found = await changeRoot({ ...facts, ...overriding('combinedFile') });
    expect(outcomes(found)).toMatchObject({ combinedFile: 'overridden' });
    await node.installScript('4.16.20');
  });
});
