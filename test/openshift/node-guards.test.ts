import { expect, test } from 'vitest';

import { evaluateNodeGuards, requireFit } from '../../src/openshift/evaluate-node-guards.ts';
import { leastFreeBytes } from '../../src/openshift/node-guards/free-space.ts';
import { nodeGuardNames } from '../../src/openshift/node-guards/names.ts';
import type { NodeGuardContext } from '../../src/openshift/node-guards/node-guard.ts';
import {
  answer,
  evaluate,
  finding,
  fit,
  gib,
  member,
  oneFile,
  oneStore,
  refusal,
  stores,
  voters,
} from './node-guard-context.ts';

test('a fit node passes every guard', () => {
  const findings = evaluate({});
  expect(findings.map(({ guard }) => guard)).toEqual(nodeGuardNames);
  expect(new Set(findings.map(({ outcome }) => outcome))).toEqual(new Set(['passed']));
  expect(() => requireFit(findings, 'master-0')).not.toThrow();
});

const space = (changes: Partial<NodeGuardContext['space']>) => ({
  space: { ...fit.space, ...changes },
});
const faults: [what: string, guard: string, evidence: RegExp, Partial<NodeGuardContext>][] = [
  ['missing tools', 'tools', /not on the node: dd, sed$/, { missingTools: ['dd', 'sed'] }],
  [
    'a byte less than must be left',
    'freeSpace',
    /^17\.0 GiB of 100 GiB .* 2\.0 GiB \(2 times/,
    space({ free: 17 * gib - 1 }),
  ],
  [
    'the peak of an old release',
    'freeSpace',
    /3\.0 GiB \(3 times/,
    space({ free: 17.5 * gib, peakDisk: 3 }),
  ],
  [
    'a small database on a full disk',
    'freeSpace',
    /16\.0 MiB/,
    space({ free: 15 * gib, database: 1 }),
  ],
  [
    'two members',
    'etcdQuorum',
    /expected 1, 3, 4, 5 voting/,
    { etcd: answer({ members: voters(2) }) },
  ],
  [
    'six members',
    'etcdQuorum',
    /expected 1, 3, 4, 5 voting/,
    { etcd: answer({ members: voters(6) }) },
  ],
  [
    'two members and a learner',
    'etcdQuorum',
    /expected 1, 3, 4, 5 voting/,
    { etcd: answer({ members: [...voters(2), member(2, { isLearner: true })] }) },
  ],
  [
    'two of three members dead',
    'etcdQuorum',
    /quorum lost, expected 2; 1 of 3 .*master-1: connection refused; master-2: connection refused/,
    { etcd: answer({ leader: 'a0', unhealthy: [1, 2] }) },
  ],
  ['no leader', 'etcdQuorum', /^no leader; 3 of 3/, { etcd: answer({ leader: undefined }) }],
  [
    'a member whose quota is full',
    'etcdQuorum',
    /alarm NOSPACE of member a2/,
    { etcd: answer({ alarms: [{ member: 'a2', alarm: 'NOSPACE' }] }) },
  ],
  [
    'a corrupt member',
    'etcdQuorum',
    /alarm CORRUPT of member a0/,
    { etcd: answer({ alarms: [{ member: 'a0', alarm: 'CORRUPT' }] }) },
  ],
  [
    'a learner',
    'etcdMember',
    /master-0 is a learner, at raft index 50000/,
    {
      etcd: answer({
        members: [member(0, { isLearner: true }), member(1), member(2), member(3)],
      }),
    },
  ],
  [
    'a member far behind',
    'etcdMember',
    /master-0 has applied 48999, leader master-1 is at 50000, expected at most 1000/,
    { etcd: answer({ appliedIndex: 48_999 }) },
  ],
  [
    'keys and one store',
    'separateStores',
    /^one store for both files: primary, expected two: the node has the keys 2, 1$/,
    oneStore,
  ],
  [
    'keys and one store, although the API says that etcd is not encrypted',
    'separateStores',
    /the node has the keys 2, 1$/,
    { policy: { stores, separateStores: 'auto' }, encryption: { type: 'identity' } },
  ],
  [
    'encryption and one store',
    'separateStores',
    /etcd is encrypted \(aescbc\)$/,
    { ...oneStore, keys: {} },
  ],
  [
    'one store where two are always wanted',
    'separateStores',
    /expected two by separateStores: always$/,
    {
      policy: { stores, separateStores: 'always' },
      keys: {},
      encryption: { type: 'identity' },
    },
  ],
  [
    'keys in the one file',
    'combinedFile',
    /one file, with the keys 2, 1 in it/,
    { script: oneFile },
  ],
  [
    'encryption and one file',
    'combinedFile',
    /etcd is encrypted \(aescbc\)/,
    { script: oneFile, keys: {} },
  ],
];

test.each(faults)(
  '%s: %s alone refuses, and is overridden by name',
  (_what, guard, evidence, changes) => {
    const refusing = evaluate(changes).filter(({ outcome }) => outcome === 'refused');
    expect(refusing.map((each) => each.guard)).toEqual([guard]);
    expect(refusing[0]?.evidence).toMatch(evidence);
    const overridden = evaluate(changes, guard);
    expect(overridden.find((each) => each.guard === guard)).toEqual({
      guard,
      outcome: 'overridden',
      evidence: `${refusing[0]?.evidence}; overridden: drill 7`,
    });
    expect(() => requireFit(overridden, 'master-0')).not.toThrow();
  },
);

const passes: [what: string, guard: string, changes: Partial<NodeGuardContext>][] = [
  ['the peak that just fits', 'freeSpace', space({ free: 17 * gib })],
  ['one member', 'etcdQuorum', { etcd: answer({ members: voters(1) }) }],
  ['four members', 'etcdQuorum', { etcd: answer({ members: voters(4) }) }],
  [
    'five members, two of them dead',
    'etcdQuorum',
    { etcd: answer({ members: voters(5), unhealthy: [2, 3] }) },
  ],
  [
    'a learner beside three members',
    'etcdQuorum',
    { etcd: answer({ members: [...voters(3), member(3, { isLearner: true })], unhealthy: [3] }) },
  ],
  ['a member a thousand entries behind', 'etcdMember', { etcd: answer({ appliedIndex: 49_000 }) }],
  ['the only member', 'etcdMember', { etcd: answer({ members: voters(1) }) }],
  [
    'one store without encryption',
    'separateStores',
    { ...oneStore, keys: {}, encryption: { type: 'identity' } },
  ],
  [
    'one store with keys, as separateStores: never allows,',
    'separateStores',
    { policy: { stores, separateStores: 'never' } },
  ],
  [
    'one file without encryption',
    'combinedFile',
    { script: oneFile, keys: {}, encryption: { type: 'identity' } },
  ],
];

test.each(passes)('%s passes %s', (_what, guard, changes) => {
  expect(finding(guard, changes)).toMatchObject({ outcome: 'passed' });
});

test('a dead member is named although the others have a majority', () => {
  expect(finding('etcdQuorum', { etcd: answer({ unhealthy: [2] }) })).toMatchObject({
    outcome: 'passed',
    evidence: '2 of 3 voting members are healthy; master-2: connection refused',
  });
});

const { raftIndex: _raftIndex, ...silentLeader } = member(1);
const { encryption: _encryption, ...unknownEncryption } = fit;
const unknowns: [what: string, guard: string, context: NodeGuardContext][] = [
  ['the size of the file system', 'freeSpace', { ...fit, ...space({ total: 0 }) }],
  ['what is free', 'freeSpace', { ...fit, ...space({ free: Number.NaN }) }],
  ['the size of the database', 'freeSpace', { ...fit, ...space({ database: 0 }) }],
  ['etcd', 'etcdQuorum', { ...fit, etcd: { outcome: 'unknown', reason: 'no curl' } }],
  ['the members', 'etcdQuorum', { ...fit, etcd: { outcome: 'silent', reason: 'refused' } }],
  ['the alarms', 'etcdQuorum', { ...fit, etcd: answer({ alarms: undefined }) }],
  ['etcd', 'etcdMember', { ...fit, etcd: { outcome: 'unknown', reason: 'no curl' } }],
  [
    'where the leader is',
    'etcdMember',
    { ...fit, etcd: answer({ members: [member(0), silentLeader, member(2)] }) },
  ],
  ['whether etcd is encrypted', 'separateStores', { ...unknownEncryption, ...oneStore, keys: {} }],
  [
    'whether etcd is encrypted',
    'combinedFile',
    { ...unknownEncryption, script: oneFile, keys: {} },
  ],
];

test.each(unknowns)(
  '%s is not known: %s is not evaluated, never passed',
  (_what, guard, context) => {
    const found = evaluateNodeGuards(context, []).find((each) => each.guard === guard);
    expect(found).toMatchObject({ outcome: 'notEvaluated' });
  },
);

test('a node whose etcd does not answer is not fit, and the next one may be', () => {
  const silent = { outcome: 'silent', reason: 'etcd: connection refused' } as const;
  expect(refusal({ etcd: silent })).toMatchObject({
    type: 'NodeUnfit',
    message: 'etcdMember: etcd: connection refused [node=master-0]',
  });
});

const types: [type: string, what: string, changes: Partial<NodeGuardContext>][] = [
  ['NodeDiskFull', 'a full disk', space({ free: 0 })],
  ['NodeUnfit', 'missing tools', { missingTools: ['dd'] }],
  ['NodeUnfit', 'a full disk and missing tools', { missingTools: ['dd'], ...space({ free: 0 }) }],
  ['NodeUnfit', 'a member that sees no leader', { etcd: answer({ leader: undefined }) }],
  [
    'NodeUnfit',
    'a member that sees no leader, on a full disk',
    { etcd: answer({ leader: undefined }), ...space({ free: 0 }) },
  ],
  [
    'NodeUnfit',
    'a member that reaches no other one',
    { etcd: answer({ leader: 'a0', unhealthy: [1, 2] }) },
  ],
  [
    'NodeUnfit',
    'one of two members that does not reach the other',
    { etcd: answer({ members: voters(2), unhealthy: [1] }) },
  ],
  [
    'GuardRefused',
    'two members, on a full disk',
    { etcd: answer({ members: voters(2) }), ...space({ free: 0 }) },
  ],
  ['GuardRefused', 'six members', { etcd: answer({ members: voters(6) }) }],
  [
    'GuardRefused',
    'a member whose quota is full',
    { etcd: answer({ alarms: [{ member: 'a2', alarm: 'NOSPACE' }] }) },
  ],
  [
    'GuardRefused',
    'a corrupt member',
    { etcd: answer({ alarms: [{ member: 'a0', alarm: 'CORRUPT' }] }) },
  ],
  ['GuardRefused', 'keys and one store', oneStore],
  ['GuardRefused', 'keys in the one file', { script: oneFile, missingTools: ['dd'] }],
];

test.each(types)('%s says whether another node would do: %s', (type, _what, changes) => {
  expect(refusal(changes)).toMatchObject({ type, nonRetryable: true });
});

test('all that is wrong with a node is said at once', () => {
  const changes = {
    ...space({ free: 0 }),
    missingTools: ['dd'],
    etcd: answer({ appliedIndex: 1 }),
  };
  expect(refusal(changes)).toMatchObject({
    message: expect.stringMatching(
      /^tools: .* \| freeSpace: .* \| etcdMember: .*\[node=master-0\]$/,
    ),
  });
});

test('15 % of the file system is the least that stays free', () => {
  expect(leastFreeBytes(100 * gib)).toBe(15 * gib);
});
