import { expect, test } from 'vitest';

import type { Finding, LeaseFinding } from '../../src/cleanup/finding.ts';
import { judgeFindings } from '../../src/cleanup/judge-findings.ts';
import { liveRuns } from '../../src/cleanup/live-runs.ts';
import type { WorkflowAnswer } from '../../src/cleanup/live-runs.ts';

const [first, second] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'] as const;

const directory = (run: string, state: 'alive' | 'kept' | 'dead'): Finding => ({
  kind: 'directory',
  nodeName: 'master-0',
  directory: `/home/core/assets/backup/${run}-1`,
  run,
  take: 1,
  state,
  sizeBytes: 1,
  changedAt: '2026-01-01T00:00:00.000Z',
});
const upload = (run: string): Finding => ({
  kind: 'upload',
  run,
  store: 'primary',
  upload: { key: `demo/20260101T000000Z-${run}/x`, uploadId: 'u' },
});
const lease = (run: string, isExpired: boolean): readonly LeaseFinding[] => [
  { kind: 'lease', run, namespace: 'etcd-backup', endsAt: new Date(0), isExpired },
];
const answered = (...workflows: Extract<WorkflowAnswer, { outcome: 'answered' }>['workflows']) =>
  ({ outcome: 'answered', workflows }) as const;
const silent = { outcome: 'silent', observed: 'Temporal does not answer' } as const;

/** What is to happen to each finding. */
const verdicts = (
  found: readonly Finding[],
  leases: readonly LeaseFinding[] | undefined,
  answer: WorkflowAnswer,
  kept = false,
) =>
  judgeFindings(found, liveRuns('demo', found, leases, answer), { kept }).map(
    ({ verdict }) => verdict.verdict,
  );

const both = [directory(first, 'dead'), directory(second, 'dead')];

test('what nobody holds, runs or works in is of a dead run', () => {
  expect(verdicts(both, [], answered())).toEqual(['remove', 'remove']);
  expect(verdicts(both, lease(first, true), answered())).toEqual(['remove', 'remove']);
});

test('without Temporal the lease decides', () => {
  expect(verdicts(both, lease(first, false), silent)).toEqual(['live', 'remove']);
});

test('without the lease nobody is known to be dead, whatever one namespace of Temporal says', () => {
  const running = { workflowId: 'etcd-backup/demo', cluster: 'demo', runs: [second] };
  expect(verdicts(both, undefined, answered(running), true)).toEqual(['unknown', 'live']);
  expect(verdicts(both, undefined, answered(), true)).toEqual(['unknown', 'unknown']);
  expect(verdicts(both, undefined, silent, true)).toEqual(['unknown', 'unknown']);
});

test('a workflow whose run has no readable name may be the run of anything', () => {
  const sealed = { workflowId: 'etcd-backup/demo', cluster: 'demo' };
  expect(verdicts(both, lease(first, false), answered(sealed))).toEqual(['live', 'unknown']);
  expect(verdicts(both, [], answered({ workflowId: 'other' }))).toEqual(['unknown', 'unknown']);
});

test('a workflow of another cluster says nothing, unless its run is found here', () => {
  const sealed = { workflowId: 'etcd-backup/other', cluster: 'other' };
  expect(verdicts(both, [], answered(sealed))).toEqual(['remove', 'remove']);
  const known = { ...sealed, runs: [second] };
  expect(verdicts(both, [], answered(known))).toEqual(['remove', 'live']);
});

test('the run that a live one resumes is left to it, kept or not', () => {
  const found = [directory(first, 'kept'), upload(first)];
  const resuming = { workflowId: 'etcd-backup/demo', cluster: 'demo', runs: [second, first] };
  expect(verdicts(found, [], answered(resuming), true)).toEqual(['live', 'live']);
});

test('a kept directory keeps the uploads of its run, and goes only when asked for', () => {
  const found = [directory(first, 'kept'), upload(first), upload(second)];
  expect(verdicts(found, [], answered())).toEqual(['kept', 'kept', 'remove']);
  expect(verdicts(found, [], answered(), true)).toEqual(['remove', 'remove', 'remove']);
});

test('one directory in which something works keeps all of its run', () => {
  const found = [directory(first, 'alive'), upload(first), upload(second)];
  expect(verdicts(found, [], answered())).toEqual(['live', 'live', 'remove']);
});
