import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { askEtcd } from '../../../src/openshift/etcd-gateway.ts';
import type { EtcdAnswer } from '../../../src/openshift/etcd-answer.ts';
import { startEtcd, startStandInCluster, waitUntil } from '../../../src/testing/index.ts';
import type { RunningEtcd, StandInCluster } from '../../../src/testing/index.ts';
import { toolPath } from '../../../tools/paths.mjs';
import { programsWithout, watchedShell } from '../../openshift/node-side.ts';
import type { WatchedShell } from '../../openshift/node-side.ts';

const { signal } = new AbortController();
const resources = '/etc/kubernetes/static-pod-resources';
const tools = { etcdctl: toolPath('etcdctl') };

interface Parts {
  readonly etcd: RunningEtcd;
  readonly cluster: StandInCluster;
}

/** A real etcd, and the nodes of a cluster in front of its members, from before the first test to after the last. */
function useEtcd(
  { members = 1, learners = 0 }: { members?: 1 | 3; learners?: 0 | 1 },
  version = '4.16.20',
): Parts {
  let etcd: RunningEtcd;
  let cluster: StandInCluster;
  beforeAll(async () => {
    etcd = await startEtcd({ etcd: toolPath('etcd'), members, learners });
    const nodes = members + learners === 4 ? 4 : members;
    cluster = await startStandInCluster({ nodes, version, etcd, tools });
  });
  afterAll(async () => {
    await cluster?.close();
    await etcd?.close();
  });
  return {
    get etcd() {
      return etcd;
    },
    get cluster() {
      return cluster;
    },
  };
}

async function etcdctl(etcd: RunningEtcd, ...argv: readonly string[]): Promise<string> {
  const { stdout } = await execa(tools.etcdctl, [`--endpoints=${etcd.endpoint}`, ...argv]);
  return stdout;
}

/** The facts; fails with the reason where there are none. */
function told(answer: EtcdAnswer): Extract<EtcdAnswer, { readonly outcome: 'answered' }> {
  if (answer.outcome === 'answered') return answer;
  throw new Error(answer.reason);
}

describe('one member', () => {
  const parts = useEtcd({});
  const shell = (path?: string): WatchedShell => watchedShell(parts.cluster.node(), path);

  test('says what etcdctl says: its id, its size, its raft index, and that it leads', async () => {
    const { etcd, health } = told(await askEtcd(shell(), signal));
    const [line = ''] = (await etcdctl(parts.etcd, 'member', 'list')).split('\n');
    const [id, , name, peerUrl] = line.split(', ');
    const [status] = JSON.parse(await etcdctl(parts.etcd, 'endpoint', 'status', '-w', 'json'));
    expect(etcd).toEqual({
      members: [{ id, name, peerURLs: [peerUrl], isLearner: false, raftIndex: expect.any(Number) }],
      member: id,
      leader: id,
      version: status.Status.version,
      databaseSize: status.Status.dbSize,
    });
    expect(health).toMatchObject({ unhealthy: [], alarms: [] });
    expect(health.appliedIndex).toBeGreaterThan(1);
  });

  test("its client's private key never leaves the node", async () => {
    const watched = shell();
    told(await askEtcd(watched, signal));
    const { key } = parts.etcd.certificates.client;
    const lines = key.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
    const everything = [...watched.sent, ...watched.returned].join('\n');
    for (const line of lines) expect(everything).not.toContain(line);
    expect(everything).not.toContain('PRIVATE KEY');
    const found = await parts.cluster.node().run(['grep', '-rlF', '--', lines[0] ?? '', resources]);
    expect(found.stdout).toContain('etcd-peer-master-0.key');
  });

  test('without curl on the node it is not known', async () => {
    const path = await programsWithout(parts.cluster.node(), 'curl');
    expect(await askEtcd(shell(path), signal)).toEqual({
      outcome: 'unknown',
      reason: 'the node does not have curl',
    });
  });

  test('proxies, and what root has told curl, are not asked', async () => {
    const node = parts.cluster.node();
    await node.writeFile('/root/.curlrc', 'proxy = "http://127.0.0.1:1"\n');
    expect(await askEtcd(shell(), signal)).toMatchObject({ outcome: 'answered' });
    await node.remove('/root/.curlrc');
  });

  test('an alarm is told, with the member that has it', async () => {
    const { etcd: facts } = told(await askEtcd(shell(), signal));
    const body = {
      memberID: BigInt(`0x${facts.member}`).toString(),
      alarm: 'NOSPACE',
    };
    const alarm = async (action: string) =>
      await fetch(`${parts.etcd.endpoint}/v3/maintenance/alarm`, {
        method: 'POST',
        body: JSON.stringify({ ...body, action }),
      });
    await alarm('ACTIVATE');
    const { health } = told(await askEtcd(shell(), signal));
    expect(health.alarms).toEqual([{ member: facts.member, alarm: 'NOSPACE' }]);
    await alarm('DEACTIVATE');
    expect(told(await askEtcd(shell(), signal)).health.alarms).toEqual([]);
  });

  test('without its certificate on the node it is not known', async () => {
    const node = parts.cluster.node();
    const key = `${resources}/etcd-certs/secrets/etcd-all-certs/etcd-peer-master-0.key`;
    const content = await node.readFile(key);
    await node.remove(key);
    expect(await askEtcd(shell(), signal)).toEqual({
      outcome: 'unknown',
      reason: 'the node does not have a client certificate',
    });
    await node.writeFile(key, 'no key\n', 0o600);
    expect(await askEtcd(shell(), signal)).toMatchObject({
      outcome: 'unknown',
      reason: expect.stringMatching(/the client certificate cannot be used$/),
    });
    await node.writeFile(key, content, 0o600);
  });

  test('a node without etcd files does not know', async () => {
    const node = parts.cluster.node();
    await node.run(['mv', `${resources}/etcd-certs`, `${resources}/etcd-aside`]);
    expect(await askEtcd(shell(), signal)).toEqual({
      outcome: 'unknown',
      reason: 'the node does not have the address of its etcd member',
    });
    await node.run(['mv', `${resources}/etcd-aside`, `${resources}/etcd-certs`]);
  });
});

describe.each(['4.4.33', '4.3.40'])('the files of OpenShift %s', (version) => {
  const parts = useEtcd({}, version);

  test('lead to the member as well', async () => {
    const answer = await askEtcd(watchedShell(parts.cluster.node()), signal);
    expect(told(answer).etcd.members).toHaveLength(1);
  });
});

describe('three members and a learner', () => {
  const parts = useEtcd({ members: 3, learners: 1 });
  const ask = async (node: string) =>
    told(await askEtcd(watchedShell(parts.cluster.node(node)), signal));

  test('each node knows which member is its own, and who leads', async () => {
    const [first, second] = [await ask('master-0'), await ask('master-1')];
    expect(first.etcd.members.map(({ name }) => name).toSorted()).toEqual(
      parts.etcd.members.map(({ name }) => name).toSorted(),
    );
    const nameOf = ({ etcd }: typeof first) =>
      etcd.members.find(({ id }) => id === etcd.member)?.name;
    expect([nameOf(first), nameOf(second)]).toEqual(['master-0', 'master-1']);
    expect(second.etcd.leader).toBe(first.etcd.leader);
    expect(first.health.unhealthy).toEqual([]);
    const indexes = first.etcd.members.map(({ raftIndex }) => raftIndex ?? 0);
    expect(Math.max(...indexes) - Math.min(...indexes)).toBeLessThan(1000);
  });

  test('the learner is one', async () => {
    const { etcd } = await ask('master-3');
    expect(etcd.members.filter(({ isLearner }) => isLearner).map(({ id }) => id)).toEqual([
      etcd.member,
    ]);
  });

  test('a member that is killed is not healthy, and has no raft index', async () => {
    await parts.etcd.members[2]?.kill();
    const { etcd, health } = await ask('master-0');
    const dead = etcd.members.find(({ name }) => name === 'master-2');
    expect(health.unhealthy).toEqual([
      { id: dead?.id, name: 'master-2', observed: 'connection refused' },
    ]);
    expect(dead).not.toHaveProperty('raftIndex');
    expect(health.alarms).toEqual([]);
  });

  test('the node of a killed member is told from one that cannot ask', async () => {
    expect(await askEtcd(watchedShell(parts.cluster.node('master-2')), signal)).toEqual({
      outcome: 'silent',
      reason: expect.stringMatching(/^etcd at https:.*: connection refused$/),
    });
  });

  test('without a majority there is no leader, and no word about alarms', async () => {
    await parts.etcd.members[1]?.kill();
    const { etcd, health } = await waitUntil('the loss of the leader', async () => {
      const answer = await ask('master-0');
      return answer.etcd.leader === undefined ? answer : undefined;
    });
    expect(etcd).not.toHaveProperty('leader');
    expect(health.unhealthy.map(({ name }) => name).toSorted()).toEqual([
      'master-0',
      'master-1',
      'master-2',
    ]);
    expect(health).not.toHaveProperty('alarms');
  });
});
