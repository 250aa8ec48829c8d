import { defineConfig } from 'vitest/config';

import { LabError } from './lab/lab-error.ts';
import { requireNamespaces, requireRootOnLinux } from './lab/machine/requirements.ts';

// `fast` needs nothing but Node; `parts` starts a real Temporal server and a real etcd; `lab` needs root on Linux.
const slow = { testTimeout: 180_000, hookTimeout: 180_000 };

// A test mostly waits for a server; two at once make use of two cores. One project after the other: the lab has the
// machine to itself.
const twoAtOnce = { maxWorkers: 2 };

// Where nothing may be skipped, the lab's own refusal fails its tests.
const skipped = process.env['ETCD_BACKUP_NO_SKIPS'] ? undefined : labProblem();
if (skipped !== undefined && !process.argv.includes('!lab')) {
  console.warn(`Skipping test/lab: ${skipped}.`);
}

export default defineConfig({
  test: {
    pool: 'forks',
    passWithNoTests: skipped !== undefined,
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{parts,lab}/**'],
          // Longer than `waitUntil` waits, whose error says for what.
          testTimeout: 40_000,
          ...twoAtOnce,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'parts',
          include: ['test/parts/**/*.test.ts'],
          ...slow,
          ...twoAtOnce,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'lab',
          include: skipped === undefined ? ['test/lab/**/*.test.ts'] : [],
          fileParallelism: false,
          ...slow,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

function labProblem(): string | undefined {
  try {
    requireRootOnLinux();
    requireNamespaces();
    return undefined;
  } catch (error) {
    if (error instanceof LabError) return error.message;
    throw error;
  }
}
