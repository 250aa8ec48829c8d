import { expect, test } from 'vitest';

import { steps } from '../../src/contracts/index.ts';
import type { RunStatus } from '../../src/contracts/index.ts';
import { renderDetails } from '../../src/workflows/details.ts';

const running: RunStatus = {
  version: 1,
  id: '20260102T030405Z-0123456789ab',
  cluster: 'prod-eu',
  nodeName: 'master-1',
  outcome: 'running',
  leftovers: [],
  steps: [
    {
      step: 'checkCluster',
      state: 'completed',
      scheduledAt: '2026-01-02T03:04:05.000Z',
      finishedAt: '2026-01-02T03:04:06.500Z',
    },
    {
      step: 'runBackupScript',
      take: 2,
      state: 'scheduled',
      scheduledAt: '2026-01-02T03:04:07.000Z',
    },
  ],
};

test('shows each step with its state, time and duration, and what an operator can do now', () => {
  expect(renderDetails(running)).toBe(`**etcd backup of prod-eu** on \`master-1\`: running

| step | \u2003state | \u2003scheduled (UTC) | \u2003took |
| :-- | :-- | :-- | :-- |
| ✓ checkCluster | \u2003done | \u200303:04:05 | \u20031.5 s |
| ▶ runBackupScript (take 2) | \u2003running | \u200303:04:07 | \u2003 |

**You can:** cancel; the script is stopped and its files are removed. A killed worker does no harm: the next one follows the same script.`);
});

test('names what was left behind, and what to do about it', () => {
  const leftover = { what: 'privileged debug pod', where: 'ns/pod', nextStep: 'oc delete pod' };
  const details = renderDetails(
    { ...running, outcome: 'failed', leftovers: [leftover] },
    { failed: 'NodeUnreachable in removeFiles: it is gone', next: 'do this.' },
  );
  expect(details.split('\n').slice(-5)).toEqual([
    '**Failed:** NodeUnreachable in removeFiles: it is gone',
    '',
    '- left behind: privileged debug pod at `ns/pod`. oc delete pod',
    '',
    '**You can:** do this.',
  ]);
});

test('an option stands as code, so that it can be copied as it is', () => {
  const nextStep = 'etcd-backup cleanup prod-eu --kept removes them.';
  const leftover = { what: 'verified files', where: 'master-1:/x', nextStep };
  expect(renderDetails({ ...running, leftovers: [leftover] })).toContain(
    'etcd-backup cleanup prod-eu `--kept` removes them.',
  );
});

test('stays far below the 20,000 bytes that the server keeps', () => {
  const all = steps.flatMap((step) =>
    [1, 2, 3].map((take) => ({ ...running.steps[1]!, step, take })),
  );
  expect(Buffer.byteLength(renderDetails({ ...running, steps: all }))).toBeLessThan(10_000);
});
