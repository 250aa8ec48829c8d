import { describe, expect, test } from 'vitest';

import type { GuardFinding } from '../../src/contracts/index.ts';
import { evaluateGuards, requirePassed } from '../../src/openshift/evaluate-guards.ts';
import { guards } from '../../src/openshift/guards/index.ts';
import { NotObserved, unobservedCluster } from '../../src/openshift/observed-cluster.ts';
import type { ObservedCluster } from '../../src/openshift/observed-cluster.ts';
import {
  combined,
  encrypted,
  encrypting,
  faults,
  infrastructure,
  namespace,
  nightly,
  nodes,
  onePlace,
  server,
  version,
} from './guard-faults.ts';
import { context, healthy, hoursFromNow, node } from './healthy-context.ts';
import type { Changes } from './healthy-context.ts';

const evaluate = (changes: Changes, overridden: readonly string[] = []) => {
  const wishes = { ...changes.wishes, overridden: new Set(overridden) };
  const overrides = overridden.map((guard) => ({ guard, reason: 'drill 7', who: 'ops' }));
  return evaluateGuards(context({ ...changes, wishes }), overrides);
};
const outcomes = (findings: readonly GuardFinding[]) =>
  Object.fromEntries(findings.map(({ guard, outcome }) => [guard, outcome]));
const named = (outcome: GuardFinding['outcome'], findings: readonly GuardFinding[]) =>
  findings.filter((each) => each.outcome === outcome).map(({ guard }) => guard);
const found = (guard: string, changes: Changes) => {
  const finding = evaluate(changes).find((each) => each.guard === guard);
  expect(finding, `no finding of ${guard}`).toBeDefined();
  return finding;
};

test('a healthy cluster passes every guard', () => {
  expect(new Set(Object.values(outcomes(evaluate({}))))).toEqual(new Set(['passed']));
  expect(Object.keys(outcomes(evaluate({})))).toEqual(Object.keys(guards));
});

test.each(faults)(
  '%s refuses, alone, and is overridden by name with its reason: %s',
  (guard, evidence, changes) => {
    expect(named('refused', evaluate(changes))).toEqual([guard]);
    expect(found(guard, changes)?.evidence).toContain(evidence);
    const overridden = evaluate(changes, [guard]);
    expect(named('refused', overridden)).toEqual([]);
    expect(named('overridden', overridden)).toEqual([guard]);
    expect(overridden.find((finding) => finding.guard === guard)?.evidence).toContain(
      'overridden by ops: drill 7',
    );
  },
);

const passing: [guard: string, evidence: string, changes: Changes][] = [
  ['topology', 'topology SingleReplica', infrastructure('SingleReplica')],
  ['topology', 'as before 4.8', { observed: { infrastructure: { machineNetworks: [] } } }],
  [
    'release',
    'newer than all that were compared',
    {
      ...version({ openshiftVersion: '4.99.0' }),
      proposed: { ...combined, writesCombinedFile: false, isUnproven: true },
    },
  ],
  [
    'machineConfigSettled',
    'not master-0: MachineConfig Working',
    nodes(node('master-0', { machineConfig: { state: 'Working' } }), node('master-1')),
  ],
  [
    'fitNode',
    'not master-0: not Ready',
    nodes(node('master-0', { isReady: false }), node('master-1')),
  ],
  ['encryptionSettled', 'aescbc, EncryptionCompleted', { observed: encrypted }],
  [
    'encryptionSettled',
    'DecryptionCompleted',
    { observed: encrypting('identity', 'DecryptionCompleted') },
  ],
  [
    'quietHours',
    'which the configuration ignores',
    { settings: { quietHours: { ...nightly, outside: 'ignore' } } },
  ],
  [
    'quietHours',
    '03:00 is within 01:00 to 05:00 Europe/Berlin',
    { settings: { quietHours: nightly }, now: hoursFromNow(-10) },
  ],
  [
    'debugNamespace',
    'needs no debug pod',
    { ...namespace({ exists: false }), settings: { access: 'ssh' } },
  ],
  ['debugNamespace', 'podSecurityLabelSync=false', namespace({ keepsLabels: false })],
  ['separateStores', 'etcd is not encrypted', { stores: onePlace }],
  [
    'separateStores',
    'as separateStores: never allows',
    { observed: encrypted, settings: { separateStores: 'never' }, stores: onePlace },
  ],
  ['combinedFile', 'etcd is not encrypted', { proposed: combined }],
  ['combinedFile', 'in two files', { observed: encrypted }],
  [
    'combinedFile',
    'writes one file, sealed for the recipients of primary',
    {
      observed: encrypted,
      proposed: combined,
      settings: { storePolicies: { primary: { recipients: ['age1'] } } },
    },
  ],
  ['storesOutside', 'nfs.example.com is outside', server('nfs.example.com', '192.0.2.1')],
  ['storesOutside', 'mydemo.example.com is outside', server('mydemo.example.com', '192.0.2.1')],
  [
    'storesOutside',
    'does not tell its machine networks',
    { ...server('nfs.example.com', '192.0.2.1'), ...infrastructure('HighlyAvailable') },
  ],
  [
    'storesOutside',
    'primary is on the worker itself',
    { settings: { access: 'ssh', kubeconfig: { file: '/kubeconfig' } } },
  ],
];

test.each(passing)('%s passes, and says: %s', (guard, evidence, changes) => {
  const finding = found(guard, changes);
  expect(finding?.outcome).toBe('passed');
  expect(finding?.evidence).toContain(evidence);
});

test('combinedFile refuses when one of the places would not seal it', () => {
  const changes: Changes = {
    observed: encrypted,
    proposed: combined,
    settings: {
      copies: [{ snapshot: 'second', staticKubeResources: 'vault' }],
      storePolicies: { primary: { recipients: ['age1'] }, second: { compression: 'zstd' } },
    },
  };
  expect(found('combinedFile', changes)).toMatchObject({ outcome: 'refused' });
});

test('a guard of the configuration that is told to override says so in its evidence', () => {
  const changes = {
    ...version({ installedAt: hoursFromNow(-23) }),
    settings: { beforeFirstCertificateRotation: 'override' },
  } as const;
  expect(found('firstCertificateRotation', changes)).toMatchObject({
    outcome: 'overridden',
    evidence: expect.stringContaining('beforeFirstCertificateRotation: override'),
  });
});

test('where an unfit node is taken on purpose, what is wrong with another one refuses nothing', () => {
  const updating = { machineConfig: { state: 'Working', current: 'a', desired: 'b' } };
  const broken = nodes(node('master-0', { isReady: false }), node('master-1', updating));
  expect(outcomes(evaluate(broken, ['fitNode']))).toMatchObject({
    fitNode: 'overridden',
    machineConfigSettled: 'passed',
  });
  expect(named('refused', evaluate(broken))).toEqual(['machineConfigSettled', 'fitNode']);
});

describe('what cannot be known is not evaluated, never passed', () => {
  const unknown: [guard: string, why: string, changes: Changes][] = [
    [
      'operatorsSettled',
      'no Progressing condition: etcd',
      { observed: { operators: [{ name: 'etcd', isProgressing: undefined }] } },
    ],
    [
      'encryptionSettled',
      'does not say how far',
      { observed: { encryptionType: 'aescbc', kubeApiServer: undefined } },
    ],
    [
      'firstCertificateRotation',
      'no ConfigMap csr-controller-ca',
      { observed: { signers: undefined } },
    ],
    ['storesOutside', 'no address is known of it', server('nfs.example.com')],
    [
      'storesOutside',
      'a pod of this very cluster',
      { settings: { kubeconfig: { inCluster: true } } },
    ],
    [
      'storesOutside',
      'does not tell its networks',
      { ...server('nfs.example.com', '192.0.2.1'), observed: { networks: undefined } },
    ],
  ];

  test.each(unknown)('%s: %s', (guard, why, changes) => {
    const finding = found(guard, changes);
    expect(finding?.outcome).toBe('notEvaluated');
    expect(finding?.evidence).toContain(why);
  });

  const fields: [field: keyof ObservedCluster, guard: string, changes?: Changes][] = [
    ['version', 'release'],
    ['version', 'updateSettled'],
    ['version', 'firstCertificateRotation'],
    ['infrastructure', 'topology'],
    ['operators', 'operatorsSettled'],
    ['nodes', 'fitNode'],
    ['nodes', 'machineConfigSettled'],
    ['etcdPods', 'fitNode'],
    ['pendingNodeRequests', 'certificateRequests'],
    ['kubeApiServer', 'encryptionSettled'],
    ['authentication', 'encryptionSettled'],
    ['encryptionType', 'separateStores', { stores: onePlace }],
    ['encryptionType', 'combinedFile', { proposed: combined }],
    ['signers', 'firstCertificateRotation'],
    ['namespace', 'debugNamespace'],
    ['ingressDomain', 'storesOutside', server('nfs.example.com', '192.0.2.1')],
    ['networks', 'storesOutside', server('nfs.example.com', '192.0.2.1')],
  ];

  test.each(fields)('without the right to read %s, %s', (field, guard, changes = {}) => {
    const unread = Object.defineProperty({}, field, {
      get: () => {
        throw new NotObserved('get it was denied');
      },
    });
    expect(found(guard, { ...changes, observed: unread })).toMatchObject({
      outcome: 'notEvaluated',
      evidence: 'get it was denied',
    });
  });

  test('without an API, every guard that needs it', () => {
    const observed = unobservedCluster("the cluster's API did not answer");
    const findings = evaluate({ observed, settings: { access: 'ssh' }, stores: onePlace });
    const evaluated = findings.filter(({ outcome }) => outcome !== 'notEvaluated');
    expect(evaluated.map(({ guard, outcome }) => [guard, outcome])).toEqual([
      ['quietHours', 'passed'],
      ['debugNamespace', 'passed'],
      ['storesOutside', 'passed'],
    ]);
  });
});

describe('a refusal', () => {
  test('names all that is wrong at once, none of it cut off', () => {
    const everything: Changes = {
      observed: {
        ...infrastructure('External').observed,
        ...version({ updatingTo: '4.16.21', installedAt: hoursFromNow(-23) }).observed,
        ...encrypting('aescbc', 'EncryptionInProgress'),
        operators: [{ name: 'etcd', isProgressing: true }],
        nodes: [],
        pendingNodeRequests: Array.from(
          { length: 9 },
          (_, index) => `csr-${'x'.repeat(40)}${index}`,
        ),
        namespace: { ...healthy.namespace, exists: false },
      },
      settings: { quietHours: nightly, separateStores: 'always' },
      proposed: { refused: 'x'.repeat(300) },
      stores: onePlace,
    };
    const findings = evaluate(everything);
    const refusing = findings.filter(({ outcome }) => outcome === 'refused');
    expect(refusing.length).toBeGreaterThan(9);
    for (const { guard, evidence } of refusing) {
      expect(refusalOf(findings)).toMatchObject({
        type: 'GuardRefused',
        nonRetryable: true,
        message: expect.stringContaining(`${guard}: ${evidence}`),
      });
    }
  });

  test('says when the guard will pass by itself', () => {
    const findings = evaluate(version({ installedAt: hoursFromNow(-23) }));
    expect(refusalOf(findings)).toMatchObject({
      message: expect.stringContaining('(passes by itself at 2026-03-10T13:00:00.000Z)'),
    });
  });
});

function refusalOf(findings: readonly GuardFinding[]): unknown {
  try {
    return requirePassed(findings);
  } catch (error) {
    return error;
  }
}
