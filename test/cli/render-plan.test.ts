import { expect, test } from 'vitest';

import { renderPlan } from '../../src/cli/render-plan.ts';
import { exitCodeOfPlan } from '../../src/cli/run-check.ts';
import type { BackupPlan } from '../../src/contracts/index.ts';
import { planOf } from './plans.ts';

const terminal = (plan: BackupPlan): string =>
  renderPlan(plan, { marks: true, paint: (colour, text) => `<${colour}>${text}</>` });

const settled = { guard: 'updateSettled', outcome: 'passed', evidence: 'none' } as const;
const progressing = {
  guard: 'operatorsSettled',
  outcome: 'refused',
  evidence: 'progressing: etcd',
} as const;

test('on a terminal each guard has a coloured mark, what refuses first', () => {
  const plan = planOf('4.16.20', { outcome: 'refused', guards: [settled, progressing] });
  const lines = terminal(plan).split('\n');
  expect(lines[0]).toBe('demo (OpenShift 4.16.20): <red>a backup would be refused</>');
  const at = lines.indexOf('Guards');
  expect(lines.slice(at + 1, at + 4)).toEqual([
    '  <red>✗</> operatorsSettled  progressing: etcd',
    '      mend it, or let it pass: --override operatorsSettled="<why>"',
    '  <green>✓</> updateSettled     none',
  ]);
});

test('a guard that waits is told with its time', () => {
  const until = '2026-03-01T23:00:00.000Z';
  const guards = [{ guard: 'quietHours', outcome: 'waiting', evidence: 'outside', until }] as const;
  expect(terminal(planOf('4.16.20', { outcome: 'waiting', guards }))).toContain(
    `<yellow>…</> quietHours  outside; passes by itself at ${until}`,
  );
});

test('what etcd said on the node is told in a line', () => {
  const member = { id: '8e9e05c52164694d', name: 'master-0', peerURLs: [], isLearner: false };
  const onNode = {
    guards: [{ guard: 'tools', outcome: 'passed', evidence: 'no tool is missing' }],
    warnings: ['etcd member master-2 is not healthy: no answer'],
    script: { path: '/usr/local/bin/cluster-backup.sh', release: '4.13', sha256: '0'.repeat(64) },
    etcd: {
      members: [member],
      member: member.id,
      leader: member.id,
      version: '3.5.14',
      databaseSize: 1,
    },
    freeBytes: 2 ** 30,
    databaseBytes: 2 ** 20,
  } as const;
  const text = terminal(planOf('4.16.20', { onNode }));
  expect(text).toContain('etcd    3.5.14, one member, leader master-0');
  expect(text).toContain('space   1.0 GiB free, the database has 1.0 MiB');
  expect(text).toContain('etcd member master-2 is not healthy');
  expect(text).not.toContain('Nothing was created');
});

test('a store that is away is to be mended, though no guard refuses', () => {
  const storeFailures = [{ store: 'vault', ...failed }];
  const text = terminal(planOf('4.16.20', { outcome: 'refused', storeFailures }));
  expect(text.split('\n').at(-1)).toBe(
    'Nothing was created on the cluster. Mend what is named above, then check again.',
  );
});

const failed = { type: 'NodeUnreachable', observed: 'gone', nextStep: 'Look.' } as const;
const missing = { verb: 'get', group: '', resource: 'pods/exec', namespace: 'etcd-backup' };

test.for([
  ['ready', {}, 0],
  ['waiting', { outcome: 'waiting' }, 0],
  ['a guard that refuses', { outcome: 'refused', guards: [progressing] }, 3],
  ['no node to take', { outcome: 'refused' }, 3],
  ['a missing permission', { outcome: 'refused', missingPermissions: [missing] }, 1],
  ['both', { outcome: 'refused', guards: [progressing], missingPermissions: [missing] }, 3],
  [
    'a store that is away',
    { outcome: 'refused', storeFailures: [{ store: 'vault', ...failed }] },
    1,
  ],
  ['a node that is away', { outcome: 'refused', onNodeFailure: failed }, 1],
] as const)('the exit code of %s', ([, changes, code]) => {
  expect(exitCodeOfPlan(planOf('4.16.20', changes))).toBe(code);
});
