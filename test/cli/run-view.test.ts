import { expect, test } from 'vitest';

import type { RunView } from '../../src/cli/run-view.ts';
import { at, done, noon, pending, scheduled, status, view, views } from './views.ts';

const states = ({ steps }: RunView) => steps.map(({ step, state }) => `${step} ${state}`);
const row = (seen: RunView | undefined, step: string) =>
  seen?.steps.find((one) => one.step === step);

test('a run shows what is done, what goes on, and what is to come, in the order of the runbook', () => {
  const seen = view({
    status: status(done('checkCluster', 0, 1), scheduled('acquireLease', 1)),
    pending: [pending('acquireLease')],
  });
  expect(states(seen)).toEqual([
    'checkCluster completed',
    'acquireLease running',
    'startDebugSession waiting',
    'changeRoot waiting',
    'exportEnvironment waiting',
    'runBackupScript waiting',
    'verifySnapshot waiting',
    'uploadSnapshot waiting',
    'uploadStaticKubeResources waiting',
    'verifyStored waiting',
    'commitBackup waiting',
    'removeFiles waiting',
    'endDebugSession waiting',
    'releaseLease waiting',
  ]);
  expect(seen).toMatchObject({ id: '20260301T120000Z-k3j9x0q2m1ab', nodeName: 'master-1' });
});

test('a run that resumes another shows no step that takes a snapshot', () => {
  const seen = view({
    status: status(done('startDebugSession', 0, 1), scheduled('findKeptTake', 1)),
    pending: [pending('findKeptTake')],
  });
  expect(states(seen).slice(0, 4)).toEqual([
    'startDebugSession completed',
    'findKeptTake running',
    'uploadSnapshot waiting',
    'uploadStaticKubeResources waiting',
  ]);
});

test('while no worker answers, the steps that Describe shows are enough', () => {
  const seen = view({ pending: [pending('changeRoot')] });
  expect(states(seen).slice(0, 5)).toEqual([
    'checkCluster ended',
    'acquireLease ended',
    'startDebugSession ended',
    'changeRoot running',
    'exportEnvironment waiting',
  ]);
});

test('a closed run waits for nothing, and a step whose end nobody told is over', () => {
  const seen = view({
    open: false,
    status: status(done('checkCluster', 0, 1), scheduled('acquireLease', 1)),
  });
  expect(states(seen)).toEqual(['checkCluster completed', 'acquireLease ended']);
});

test('a step that is tried again shows its attempt, why the last one failed, and its whole time', () => {
  const lastFailure = { type: 'NodeUnreachable', message: 'the pod is gone' };
  const seen = view({
    status: status(scheduled('runBackupScript', 5)),
    pending: [
      pending('runBackupScript', {
        state: 'scheduled',
        attempt: 3,
        scheduledAt: at(60),
        lastFailure,
      }),
    ],
  });
  expect(row(seen, 'runBackupScript')).toEqual({
    step: 'runBackupScript',
    state: 'retrying',
    attempt: 3,
    lastFailure,
    scheduledAt: at(5),
  });
});

test('a step that an operator paused is paused, not running', () => {
  const seen = view({ pending: [pending('uploadSnapshot', { state: 'paused' })] });
  expect(row(seen, 'uploadSnapshot')?.state).toBe('paused');
});

test('a step whose end the run has told already does not come back as running', () => {
  const seen = view({
    status: status(done('verifyStored', 1, 2), scheduled('commitBackup', 2)),
    pending: [pending('verifyStored', { scheduledAt: at(1) })],
  });
  expect(states(seen).slice(0, 2)).toEqual(['verifyStored completed', 'commitBackup running']);
  expect(states(seen)).not.toContain('verifyStored running');
});

test('a second take of a step is a row of its own', () => {
  const seen = view({
    status: status(
      { ...done('runBackupScript', 1, 9), take: 1 },
      { ...scheduled('runBackupScript', 10), take: 2 },
    ),
    pending: [pending('runBackupScript', { scheduledAt: at(10) })],
  });
  expect(seen.steps.slice(0, 2)).toMatchObject([
    { take: 1, state: 'completed' },
    { take: 2, state: 'running', attempt: 1 },
  ]);
});

test('the rate of a transfer comes from the last two heartbeats that differ, and stays in between', () => {
  const upload = (bytesDone: number, seconds: number) => ({
    pending: [
      pending('uploadSnapshot', {
        progress: { version: 1 as const, state: 'uploading', bytesDone, bytesTotal: 5000 },
        progressAt: noon + seconds * 1000,
      }),
    ],
  });
  const rates = views(upload(0, 0), upload(2000, 2), upload(2000, 2), upload(5000, 4)).map(
    (seen) => row(seen, 'uploadSnapshot')?.progress?.bytesPerSecond,
  );
  expect(rates).toEqual([undefined, 1000, 1000, 1500]);
});

test('work that nobody picks up is counted from when it was first seen', () => {
  const unclaimed = { kind: 'activity' as const, taskQueue: 'zone-1' };
  const seen = views(
    { at: noon, unclaimed },
    { at: noon + 4000, unclaimed },
    { at: noon + 5000 },
    { at: noon + 6000, unclaimed },
  );
  expect(seen.map((one) => one.unclaimed?.since)).toEqual([noon, noon, undefined, noon + 6000]);
});
