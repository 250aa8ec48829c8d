import { expect, test } from 'vitest';

import { renderLive } from '../../src/cli/render-live.ts';
import { done, noon, pending, scheduled, status, view } from './views.ts';

const terminal = {
  now: noon + 83_000,
  columns: 100,
  paint: (_colour: string, text: string) => text,
};

const upload = view({
  status: status(
    done('checkCluster', 0, 1.2),
    { ...done('runBackupScript', 2, 65), state: 'failed', take: 1 },
    { ...done('runBackupScript', 66, 70), take: 2 },
    scheduled('uploadSnapshot', 71),
  ),
  pending: [
    pending('uploadSnapshot', {
      attempt: 2,
      lastFailure: { type: 'StoreUnavailable', message: 'the endpoint did not answer' },
      progress: { version: 1, state: 'uploading', bytesDone: 600, bytesTotal: 1200 },
    }),
  ],
});

test('a terminal shows the run as a table: what is done, what goes on and how fast, what is to come', () => {
  expect(renderLive('prod-eu', upload, { ...terminal, columns: 140 })).toBe(
    `etcd backup of prod-eu on master-1, 1 min 23 s
20260301T120000Z-k3j9x0q2m1ab

  ✓ checkCluster                     1.2 s
  ✗ runBackupScript              1 min 3 s
  ✓ runBackupScript (take 2)         4.0 s
  ▶ uploadSnapshot                    12 s  uploading, 600 B of 1.2 KiB (50%); attempt 2 after StoreUnavailable: the endpoint did not answer
  · uploadStaticKubeResources
  · verifyStored
  · commitBackup
  · removeFiles
  · endDebugSession
  · releaseLease`,
  );
});

test('no line is wider than the terminal, so that it never wraps', () => {
  for (const columns of [20, 60, 100]) {
    const lines = renderLive('prod-eu', upload, { ...terminal, columns }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  }
});

test('colour is on the marks only, so that nothing is told by colour alone', () => {
  const paint = (colour: string, text: string) => `<${colour}>${text}</>`;
  const table = renderLive('prod-eu', upload, { ...terminal, paint });
  expect(table).toContain('  <green>✓</> checkCluster');
  expect(table).toContain('  <red>✗</> runBackupScript');
  expect(table).toContain('  <cyan>▶</> uploadSnapshot');
});

test('a step of which nothing else is known yet is running, and no more is said', () => {
  const begun = { version: 1 as const, state: 'begun' };
  const table = renderLive(
    'prod-eu',
    view({
      status: status(scheduled('checkCluster', 0)),
      pending: [pending('checkCluster', { progress: begun, progressAt: noon })],
    }),
    terminal,
  );
  expect(table).toMatch(/▶ checkCluster +1 min 23 s$/m);
});

test('a hint stands below the table', () => {
  const notice = { code: 'noWorker' as const, message: 'No worker polls the task queue q.' };
  const table = renderLive('prod-eu', { ...upload, notice }, terminal);
  expect(table.split('\n').slice(-2)).toEqual(['', 'No worker polls the task queue q.']);
});
