import { once } from 'node:events';
import { createServer } from 'node:https';

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { askEtcd } from '../../src/openshift/etcd-gateway.ts';
import { certificateAuthority, issue } from '../../src/testing/certificates.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { startStandInCluster } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';
import { watchedShell } from './node-side.ts';

// What a healthy etcd of today does not say: old versions, other programs on its port, answers that are none.

const { signal } = new AbortController();
const certificates = '/etc/kubernetes/static-pod-resources/etcd-certs';
const environment = `${certificates}/configmaps/etcd-scripts/etcd.env`;

let cluster: StandInCluster;
let port: number;
let close: () => void;
/** What the server says to a path; nothing is 404. */
let answers: Readonly<Record<string, string | number>>;
/** The paths that were asked for, with their bodies. */
let asked: string[];
beforeAll(async () => {
  const authority = await certificateAuthority('etcd-signer');
  const usages = ['serverAuth', 'clientAuth'] as const;
  const [own, client] = await Promise.all([
    issue(authority, { commonName: 'etcd', usages }),
    issue(authority, { commonName: 'client', usages }),
  ]);
  const ca = authority.certificate;
  const options = { key: own.key, cert: own.certificate, ca, requestCert: true };
  const server = createServer(options, (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push(`${request.method} ${request.url} ${body}`);
      const answer = answers[request.url ?? ''] ?? 404;
      response.statusCode = typeof answer === 'number' ? answer : 200;
      response.setHeader('location', `https://127.0.0.1:${port}/v3/elsewhere`);
      response.end(typeof answer === 'number' ? '' : answer);
    });
  });
  port = await freePort();
  server.listen(port, '127.0.0.1');
  close = () => server.close();
  await once(server, 'listening');
  cluster = await startStandInCluster();
  const node = cluster.node();
  const secrets = `${certificates}/secrets/etcd-all-certs/etcd-peer-master-0`;
  await node.writeFile(`${certificates}/configmaps/etcd-serving-ca/ca-bundle.crt`, ca);
  await node.writeFile(`${secrets}.crt`, client.certificate);
  await node.writeFile(`${secrets}.key`, client.key, 0o600);
});
afterAll(async () => {
  close?.();
  await cluster?.close();
});
beforeEach(async () => {
  asked = [];
  await cluster.node().writeFile(environment, environmentOf(`https://127.0.0.1:${port}`));
});

function environmentOf(endpoints: string, address = '127.0.0.1'): string {
  return `export ALL_ETCD_ENDPOINTS="${endpoints}"\nexport NODE_master_0_IP="${address}"\n`;
}

const ask = async () => await askEtcd(watchedShell(cluster.node()), signal);
const [first, second] = ['14841639068965178418', '10276657743932975437'];
const [firstHex, secondHex] = ['cdf818194e3a8c32', '8e9e05c52164694d'];
const listed = (ID: string | undefined, name: string, changes: object = {}) => ({
  ID,
  name,
  peerURLs: [`https://${name}:2380`],
  clientURLs: [`https://127.0.0.1:${port}`],
  ...changes,
});
const status = (changes: object = {}) =>
  JSON.stringify({
    header: { cluster_id: '1', member_id: first, raft_term: '2' },
    version: '3.3.22',
    dbSize: '9007199254740991',
    leader: first,
    raftIndex: '12',
    raftTerm: '2',
    ...changes,
  });
const members = (...list: readonly object[]) => JSON.stringify({ header: {}, members: list });
const serve = (api: string, list: string, own: string | number, alarms: string | number = '{}') => {
  answers = {
    [`/${api}/cluster/member/list`]: list,
    [`/${api}/maintenance/status`]: own,
    [`/${api}/maintenance/alarm`]: alarms,
  };
};

test('etcd 3.3 is asked where it answers, and what it leaves out is false or zero', async () => {
  serve('v3beta', members(listed(first, 'etcd-member-0')), status({ raftIndex: undefined }));
  expect(await ask()).toEqual({
    outcome: 'answered',
    etcd: {
      members: [
        {
          id: firstHex,
          name: 'etcd-member-0',
          peerURLs: ['https://etcd-member-0:2380'],
          isLearner: false,
          raftIndex: 0,
        },
      ],
      member: firstHex,
      leader: firstHex,
      version: '3.3.22',
      databaseSize: Number.MAX_SAFE_INTEGER,
    },
    health: { unhealthy: [], alarms: [], appliedIndex: 0 },
  });
  expect(asked.toSorted()).toEqual([
    'POST /v3/cluster/member/list {}',
    'POST /v3/maintenance/alarm {"action":"GET"}',
    'POST /v3/maintenance/status {}',
    'POST /v3beta/cluster/member/list {}',
    'POST /v3beta/maintenance/alarm {"action":"GET"}',
    'POST /v3beta/maintenance/status {}',
  ]);
});

test('what the member has applied counts, not what it has only received', async () => {
  serve('v3', members(listed(first, 'a')), status({ raftAppliedIndex: '7' }));
  expect(await ask()).toMatchObject({ health: { appliedIndex: 7 } });
});

test('a member at whose address another one answers is not healthy', async () => {
  serve('v3', members(listed(first, 'a'), listed(second, 'b')), status());
  expect(await ask()).toMatchObject({
    health: {
      unhealthy: [{ id: secondHex, name: 'b', observed: 'another member answers at its address' }],
    },
  });
});

test('a member that has not started is not healthy, and is asked nothing', async () => {
  const unstarted = { ID: second, peerURLs: ['https://b:2380'], isLearner: true };
  serve('v3', members(listed(first, 'a'), unstarted), status());
  expect(await ask()).toMatchObject({
    etcd: { members: [{ isLearner: false }, { id: secondHex, name: '', isLearner: true }] },
    health: { unhealthy: [{ id: secondHex, name: '', observed: 'it has not started' }] },
  });
});

const hostile = [
  'http://127.0.0.1:1',
  'https://a:1/$(touch /tmp/x)',
  '--upload-file',
  'file:///etc/passwd',
];
test.each(hostile)('a client URL that cannot be one is asked nothing: %s', async (url) => {
  serve('v3', members(listed(first, 'a'), listed(second, 'b', { clientURLs: [url] })), status());
  const shell = watchedShell(cluster.node());
  expect(await askEtcd(shell, signal)).toMatchObject({
    health: { unhealthy: [{ id: secondHex }] },
  });
  expect(shell.sent.join('\n')).not.toContain(url);
});

test('alarms that etcd does not tell are not known', async () => {
  serve('v3', members(listed(first, 'a')), status(), 503);
  const answer = await ask();
  expect(answer).toMatchObject({ outcome: 'answered' });
  expect(answer).not.toHaveProperty('health.alarms');
});

test('a learner that is alone is not asked for the others, and is no member to trust', async () => {
  serve('v3', members(listed(first, 'a')), status({ isLearner: true }));
  expect(await ask()).toEqual({
    outcome: 'silent',
    reason: 'etcd on this node is a learner; no other member answers',
  });
});

const strange: [what: string, list: () => string, own: string | number][] = [
  ['text', () => 'welcome to nginx', status()],
  ['other JSON', () => '{"items":[]}', status()],
  ['no members', () => members(), status()],
  ['a status of no member of its list', () => members(listed(second, 'b')), status()],
  ['no status', () => members(listed(first, 'a')), 'null'],
  ['an error for a status', () => members(listed(first, 'a')), 500],
  ['a redirect for a status', () => members(listed(first, 'a')), 307],
  ['numbers that are none', () => members(listed(first, 'a')), status({ raftIndex: '-1' })],
  [
    'more than an answer is',
    () => members(listed(first, 'a', { name: 'a'.repeat(70_000) })),
    status(),
  ],
];

test.each(strange)(
  'who answers %s is not understood, and etcd not known',
  async (_what, list, own) => {
    serve('v3', list(), own);
    expect(await ask()).toMatchObject({ outcome: 'unknown' });
  },
);

test('a port where nobody serves the gateway is not known', async () => {
  answers = {};
  expect(await ask()).toEqual({
    outcome: 'unknown',
    reason: 'etcd does not serve its JSON gateway',
  });
});

test('a server that the authorities of the node do not trust is not asked', async () => {
  serve('v3', members(listed(first, 'a')), status());
  const ca = `${certificates}/configmaps/etcd-serving-ca/ca-bundle.crt`;
  const trusted = await cluster.node().readFile(ca);
  const stranger = await certificateAuthority('somebody-else');
  await cluster.node().writeFile(ca, stranger.certificate);
  expect(await ask()).toMatchObject({
    outcome: 'unknown',
    reason: expect.stringMatching(/certificate is not trusted$/),
  });
  expect(asked).toEqual([]);
  await cluster.node().writeFile(ca, trusted);
});

const addresses: [what: string, text: () => string, outcome: string][] = [
  [
    'the only endpoint, where no address is known',
    () => `export ALL_ETCD_ENDPOINTS="https://127.0.0.1:${port}"\n`,
    'answered',
  ],
  [
    "of many, the one at the node's address",
    () => environmentOf(`https://127.0.0.2:1,https://127.0.0.1:${port}`),
    'answered',
  ],
  [
    'none of many, where no address is known',
    () => `export ALL_ETCD_ENDPOINTS="https://127.0.0.1:${port},https://127.0.0.2:1"\n`,
    'unknown',
  ],
  [
    'no address that cannot be one',
    () => environmentOf('', '127.0.0.1/$(touch /tmp/x)'),
    'unknown',
  ],
  [
    'the usual port, where the endpoints do not have the address',
    () => environmentOf('https://127.0.0.2:1', '127.0.0.99'),
    'silent',
  ],
];

test.each(addresses)('asks %s', async (_what, text, outcome) => {
  serve('v3', members(listed(first, 'a')), status());
  await cluster.node().writeFile(environment, text());
  expect(await ask()).toMatchObject({ outcome });
  expect((await cluster.node().run(['test', '-e', '/tmp/x'])).exitCode).toBe(1);
});

test('an aborted question ends as it was aborted', async () => {
  const shell = watchedShell(cluster.node());
  await expect(askEtcd(shell, AbortSignal.abort(new Error('lost')))).rejects.toThrow('lost');
});
