import {
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  WorkflowFailedError,
} from '@temporalio/client';
import { expect, test } from 'vitest';

import { renderEnd } from '../../src/cli/render-end.ts';
import { renderJsonEnd } from '../../src/cli/render-json.ts';
import { completedEnd, detachedEnd, exitCodeOfEnd, failedEnd } from '../../src/cli/run-end.ts';
import { runPlace } from '../../src/cli/run-place.ts';
import { failure } from '../../src/contracts/failures.ts';
import { place, result } from './views.ts';

const leftovers = [
  { what: 'directory', where: 'master-1:/home/core/x-1', nextStep: 'Remove it by hand.' },
];
const failed = (cause: Error) =>
  failedEnd(
    new WorkflowFailedError('Workflow execution failed', cause, 'NON_RETRYABLE_FAILURE'),
    [],
  );

test('a completed run says what stands where, and how it was proven', () => {
  const end = completedEnd(result);
  expect(exitCodeOfEnd(end)).toBe(0);
  expect(renderEnd(end, place)).toBe(
    `backup prod-eu/20260301T120000Z-k3j9x0q2m1ab completed in 1 min 12 s
  node      master-1 (OpenShift 4.16.12)
  manifest  primary: prod-eu/1/manifest.json
            sha256 ${'b'.repeat(64)}
  files
    snapshot, 1.2 GiB, primary: prod-eu/1/snapshot_1.db
      sha256 ${'a'.repeat(64)}
    staticKubeResources, 64.0 KiB, vault: prod-eu/1/static_kuberesources_1.tar.gz
      sha256 ${'a'.repeat(64)}
  verification
    passed  transport  the store holds what the node had
    passed  origin     the trailer is the SHA-256 of the rest`,
  );
});

test('a file that is not stored as the node had it says how it is stored', () => {
  const [snapshot, ...others] = result.files;
  if (snapshot === undefined) throw new Error('no file');
  const sealed = {
    ...snapshot,
    storedSizeBytes: 300 * 2 ** 20,
    storedSha256: 'c'.repeat(64),
    compression: 'zstd',
    recipients: ['d'.repeat(64)],
  };
  const end = completedEnd({ ...result, files: [sealed, ...others] });
  expect(renderEnd(end, place)).toContain(`      sha256 ${'a'.repeat(64)}
      stored as 300 MiB, zstd, sealed for ${'d'.repeat(64)}, sha256 ${'c'.repeat(64)}
    staticKubeResources`);
});

test('leftovers and warnings of a completed run are named with what to do', () => {
  const end = completedEnd({
    ...result,
    outcome: 'completedWithLeftovers',
    warnings: ['operatorsSettled overridden: monitoring is degraded'],
    leftovers,
  });
  expect(exitCodeOfEnd(end)).toBe(4);
  const lines = renderEnd(end, place).split('\n');
  expect(lines[0]).toContain('completed in 1 min 12 s, with leftovers');
  expect(lines.slice(-4)).toEqual([
    '  warnings',
    '    operatorsSettled overridden: monitoring is degraded',
    '  left behind',
    '    directory: master-1:/home/core/x-1. Remove it by hand.',
  ]);
});

test('a failed run says the step, what was observed, what to do, what is left and where to look', () => {
  const end = failed(
    failure('ScriptFailed', { step: 'runBackupScript', observed: 'exit code 1', leftovers }),
  );
  expect(exitCodeOfEnd(end)).toBe(1);
  expect(renderEnd(end, { ...place, link: 'https://ui/run' })).toBe(
    `ScriptFailed in runBackupScript: exit code 1
  next: Read the observed lines; mend the cause on the node and start again.
  left behind
    directory: master-1:/home/core/x-1. Remove it by hand.
  see: workflow etcd-backup/prod-eu, run run-1, namespace default, Temporal at localhost:7233
       https://ui/run`,
  );
});

test.for([
  ['GuardRefused', 3],
  ['ConfigInvalid', 2],
  ['NoProgress', 1],
] as const)('a run that failed with %s ends the command with %i', ([type, code]) => {
  expect(exitCodeOfEnd(failed(failure(type, { observed: 'it did' })))).toBe(code);
});

test('a failure of another release is told by what it carries', () => {
  const details = [{ step: 'sealSnapshot', observed: 'no recipient', nextStep: 'Name one.' }];
  const end = failed(
    ApplicationFailure.create({ type: 'RecipientMissing', message: 'no recipient', details }),
  );
  expect(renderJsonEnd(end)).toBe(
    JSON.stringify({ error: { type: 'RecipientMissing', ...details[0] } }),
  );
});

test('a cancelled run is cancelled, with what it left behind', () => {
  const error = new WorkflowFailedError(
    '',
    new CancelledFailure('cancelled'),
    'NON_RETRYABLE_FAILURE',
  );
  const end = failedEnd(error, leftovers);
  expect(exitCodeOfEnd(end)).toBe(130);
  expect(end).toMatchObject({ kind: 'cancelled', error: { type: 'Cancelled', leftovers } });
});

test('a terminated run failed: nothing could clean up', () => {
  const end = failed(new TerminatedFailure('terminated'));
  expect(exitCodeOfEnd(end)).toBe(1);
  expect(renderEnd(end, place)).toContain('the run was terminated: no step could clean up');
});

test('a run that is left alone ends the command like a cancelled one, and says that it goes on', () => {
  expect(exitCodeOfEnd(detachedEnd(false))).toBe(130);
  expect(renderEnd(detachedEnd(false), place)).toContain('the run goes on');
  expect(renderEnd(detachedEnd(true), place)).toContain('the run cleans up and ends as cancelled');
});

test('the last line for programs is the result as the run returned it, unknown fields included', () => {
  const line = renderJsonEnd(completedEnd({ ...result, clockOffset: 12 }));
  expect(JSON.parse(line)).toEqual({ ...result, clockOffset: 12 });
});

test('a result that cannot be read is no success', () => {
  const end = completedEnd({ id: 'x' });
  expect(exitCodeOfEnd(end)).toBe(1);
});

test('an error that is not the end of the run is not taken for one', () => {
  const error = new Error('the network');
  expect(() => failedEnd(error, [])).toThrow(error);
});

test('a link to the run needs the address of a UI, or Temporal Cloud', () => {
  const run = { workflowId: 'etcd-backup/prod-eu', runId: 'run-1' };
  const local = { address: 'localhost:7233', namespace: 'default' };
  expect(runPlace(run, local, undefined).link).toBeUndefined();
  expect(runPlace(run, local, 'http://localhost:8233').link).toBe(
    'http://localhost:8233/namespaces/default/workflows/etcd-backup%2Fprod-eu/run-1',
  );
  const cloud = { address: 'dr.a1b2c.tmprl.cloud:7233', namespace: 'dr.a1b2c' };
  expect(runPlace(run, cloud, undefined).link).toBe(
    'https://cloud.temporal.io/namespaces/dr.a1b2c/workflows/etcd-backup%2Fprod-eu/run-1',
  );
});
