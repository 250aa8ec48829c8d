import { expect, test } from 'vitest';

import { changes } from '../../src/cli/changes.ts';
import { renderJson } from '../../src/cli/render-json.ts';
import { renderLines } from '../../src/cli/render-lines.ts';
import type { RunView } from '../../src/cli/run-view.ts';
import { at, done, noon, pending, scheduled, status, views } from './views.ts';

const lastFailure = { type: 'NodeUnreachable', message: 'the pod is gone:\n  eviction' };
const upload = (bytesDone: number, seconds: number) =>
  pending('uploadSnapshot', {
    progress: { version: 1, state: 'uploading', bytesDone, bytesTotal: 1000 * 2 ** 20 },
    progressAt: noon + seconds * 1000,
  });

const run = views(
  {},
  { status: status(scheduled('checkCluster', 0)), pending: [pending('checkCluster')] },
  { status: status(scheduled('checkCluster', 0)), pending: [pending('checkCluster')] },
  {
    status: status(done('checkCluster', 0, 1.5), scheduled('runBackupScript', 2)),
    pending: [pending('runBackupScript', { state: 'scheduled', attempt: 2, lastFailure })],
  },
  {
    status: status(done('checkCluster', 0, 1.5), scheduled('runBackupScript', 2)),
    pending: [pending('runBackupScript', { attempt: 2, lastFailure })],
  },
  {
    status: status(
      done('checkCluster', 0, 1.5),
      done('runBackupScript', 2, 127),
      scheduled('uploadSnapshot', 127),
    ),
    pending: [upload(0, 128)],
  },
  { pending: [upload(50 * 2 ** 20, 129)], status: status(scheduled('uploadSnapshot', 127)) },
  { pending: [upload(150 * 2 ** 20, 130)], status: status(scheduled('uploadSnapshot', 127)) },
);

const all = <T>(render: (before: RunView | undefined, view: RunView, index: number) => T[]) =>
  run.flatMap((view, index) => render(run[index - 1], view, index));

test('each change is one plain line with its time; a transfer says every tenth', () => {
  const lines = all((before, view, index) =>
    renderLines(changes(before, view), noon + index * 1000),
  );
  expect(lines).toEqual([
    '12:00:01 backup 20260301T120000Z-k3j9x0q2m1ab on master-1',
    '12:00:01 checkCluster: started',
    '12:00:03 checkCluster: done in 1.5 s',
    '12:00:03 runBackupScript: waits for attempt 2 after NodeUnreachable: the pod is gone: eviction',
    '12:00:04 runBackupScript: attempt 2 after NodeUnreachable: the pod is gone: eviction',
    '12:00:05 runBackupScript: done in 2 min 5 s',
    '12:00:05 uploadSnapshot: started',
    '12:00:05 uploadSnapshot: uploading, 0 B of 1000 MiB (0%)',
    '12:00:07 uploadSnapshot: uploading, 150 MiB of 1000 MiB (15%), 100 MiB/s, 8.5 s left',
  ]);
});

test('each change is one JSON object for programs, with every heartbeat and nothing else', () => {
  const lines = all((before, view) => changes(before, view).map(renderJson));
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    { event: 'run', workflowId: 'etcd-backup/prod-eu', runId: 'run-1' },
    {
      event: 'run',
      workflowId: 'etcd-backup/prod-eu',
      runId: 'run-1',
      id: '20260301T120000Z-k3j9x0q2m1ab',
      nodeName: 'master-1',
    },
    {
      event: 'step',
      step: 'checkCluster',
      state: 'running',
      attempt: 1,
      scheduledAt: at(0),
    },
    {
      event: 'step',
      step: 'checkCluster',
      state: 'completed',
      scheduledAt: at(0),
      finishedAt: at(1.5),
    },
    {
      event: 'step',
      step: 'runBackupScript',
      state: 'retrying',
      attempt: 2,
      lastFailure,
      scheduledAt: at(2),
    },
    {
      event: 'step',
      step: 'runBackupScript',
      state: 'running',
      attempt: 2,
      lastFailure,
      scheduledAt: at(2),
    },
    {
      event: 'step',
      step: 'runBackupScript',
      state: 'completed',
      scheduledAt: at(2),
      finishedAt: at(127),
    },
    {
      event: 'step',
      step: 'uploadSnapshot',
      state: 'running',
      attempt: 1,
      scheduledAt: at(127),
    },
    {
      event: 'progress',
      step: 'uploadSnapshot',
      state: 'uploading',
      bytesDone: 0,
      bytesTotal: 1_048_576_000,
      at: at(128),
    },
    {
      event: 'progress',
      step: 'uploadSnapshot',
      state: 'uploading',
      bytesDone: 52_428_800,
      bytesTotal: 1_048_576_000,
      bytesPerSecond: 52_428_800,
      at: at(129),
    },
    {
      event: 'progress',
      step: 'uploadSnapshot',
      state: 'uploading',
      bytesDone: 157_286_400,
      bytesTotal: 1_048_576_000,
      bytesPerSecond: 104_857_600,
      at: at(130),
    },
  ]);
});

test('that a step has begun is not said twice', () => {
  const begun = { version: 1 as const, state: 'begun' };
  const [before, after] = views(
    { status: status(), pending: [] },
    {
      status: status(scheduled('checkCluster', 0)),
      pending: [pending('checkCluster', { progress: begun, progressAt: noon })],
    },
  );
  if (after === undefined) throw new Error('no view');
  expect(renderLines(changes(before, after), noon)).toEqual(['12:00:00 checkCluster: started']);
});

test('a view that says nothing new gives no line', () => {
  for (const view of run) expect(changes(view, view)).toEqual([]);
});

test('a hint is said once, not at every look', () => {
  const [view] = views({});
  if (view === undefined) throw new Error('no view');
  const hinted: RunView = { ...view, notice: { code: 'noWorker', message: 'No worker polls q.' } };
  expect(renderLines(changes(view, hinted), noon)).toEqual(['12:00:00 No worker polls q.']);
  expect(changes(hinted, hinted)).toEqual([]);
});

test('a run that begins anew after a Reset is told with its new id', () => {
  const [before, after] = views({ runId: 'run-1' }, { runId: 'run-2', status: status() });
  if (after === undefined) throw new Error('no view');
  expect(changes(before, after)).toMatchObject([{ event: 'run', runId: 'run-2' }]);
});
