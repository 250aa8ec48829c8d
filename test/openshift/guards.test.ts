import { expect, test } from 'vitest';

import { chooseNode } from '../../src/openshift/choose-node.ts';
import { evaluateGuards, requirePassed } from '../../src/openshift/evaluate-guards.ts';
import type { ObservedCluster } from '../../src/openshift/observe-cluster.ts';

const image = `quay.io/etcd@sha256:${'0'.repeat(64)}`;
const node = (name: string) => ({
  name,
  uid: name,
  addresses: ['10.0.0.1'],
  osImage: 'RHCOS',
  architecture: 'amd64',
  isReady: true,
  hasDiskPressure: false,
});
const healthy: ObservedCluster = {
  version: { clusterId: 'id', openshiftVersion: '4.16.20' },
  infrastructure: { infrastructureName: 'demo-x7', topology: 'HighlyAvailable' },
  operators: [{ name: 'etcd', isProgressing: false }],
  nodes: [node('master-0'), node('master-1')],
  etcdPods: [
    { nodeName: 'master-0', isReady: true, image },
    { nodeName: 'master-1', isReady: true, image },
  ],
  namespace: { name: 'etcd-backup', exists: true, enforces: 'privileged' },
  proxyEnabled: false,
  encryption: { type: 'identity' },
  revisions: {},
};

const evaluate = (changes: Partial<ObservedCluster>, guard?: string, named?: string) => {
  const observed = { ...healthy, ...changes };
  const overrides = guard === undefined ? [] : [{ guard, reason: 'drill 7' }];
  return evaluateGuards({ observed, choice: chooseNode(observed, named) }, overrides);
};
const outcomes = (findings: ReturnType<typeof evaluate>) =>
  Object.fromEntries(findings.map(({ guard, outcome }) => [guard, outcome]));

test('a healthy cluster passes every guard', () => {
  expect(new Set(Object.values(outcomes(evaluate({}))))).toEqual(new Set(['passed']));
});

const faults: [guard: string, changes: Partial<ObservedCluster>][] = [
  ['topology', { infrastructure: { infrastructureName: 'x', topology: 'External' } }],
  ['release', { version: { clusterId: 'id', openshiftVersion: '4.5.40' } }],
  ['operatorsSettled', { operators: [{ name: 'etcd', isProgressing: true }] }],
  ['debugNamespace', { namespace: { name: 'etcd-backup', exists: false } }],
  ['debugNamespace', { namespace: { name: 'etcd-backup', exists: true, enforces: 'restricted' } }],
  ['fitNode', { nodes: [] }],
  ['fitNode', { nodes: [{ ...node('master-0'), isReady: false }] }],
  ['fitNode', { etcdPods: [] }],
  ['fitNode', { etcdPods: [{ nodeName: 'master-0', isReady: true, image: undefined }] }],
];

test.each(faults)(
  '%s refuses, alone, and is overridden by name with its reason',
  (guard, changes) => {
    const passing = outcomes(evaluate({}));
    expect(outcomes(evaluate(changes))).toEqual({ ...passing, [guard]: 'refused' });
    const overridden = evaluate(changes, guard);
    expect(outcomes(overridden)).toEqual({ ...passing, [guard]: 'overridden' });
    expect(overridden.find((finding) => finding.guard === guard)?.evidence).toContain('drill 7');
  },
);

test('all that is wrong is said at once', () => {
  const findings = evaluate({ ...faults[0]![1], ...faults[2]![1], nodes: [] });
  expect(() => requirePassed(findings)).toThrow(
    expect.objectContaining({
      type: 'GuardRefused',
      message: expect.stringMatching(/topology: .*operatorsSettled: .*fitNode: /),
    }),
  );
});

test('what cannot be known is not evaluated, never passed', () => {
  const findings = evaluate({ operators: [{ name: 'etcd', isProgressing: undefined }] });
  expect(outcomes(findings)).toMatchObject({ operatorsSettled: 'notEvaluated' });
});

test('an override of a guard that does not exist is refused, naming those that do', () => {
  expect(() => evaluate({}, 'fitnode')).toThrow(
    expect.objectContaining({ type: 'ConfigInvalid', message: expect.stringContaining('fitNode') }),
  );
});

test('the named node is chosen; without a name, the first fit one, with the reason', () => {
  expect(chooseNode(healthy, 'master-1')).toMatchObject({ node: { name: 'master-1' } });
  const first = { ...node('master-0'), isReady: false };
  expect(chooseNode({ ...healthy, nodes: [first, node('master-1')] }, undefined)).toMatchObject({
    node: { name: 'master-1' },
    reason: 'first fit of master-0, master-1',
  });
});

test('a named node that is not there is refused, naming those that are', () => {
  expect(chooseNode(healthy, 'worker-0')).toEqual({
    outcome: 'none',
    reason: 'node worker-0 is not there; control plane nodes: master-0, master-1',
  });
});
