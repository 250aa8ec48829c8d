import { defineConfig } from 'vitest/config';

// `fast` needs nothing but Node; `parts` starts a real Temporal server and a real etcd; `lab` needs root on Linux.
const slow = { testTimeout: 180_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{parts,lab}/**'],
          testTimeout: 30_000,
        },
      },
      { test: { name: 'parts', include: ['test/parts/**/*.test.ts'], ...slow } },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          fileParallelism: false,
          ...slow,
        },
      },
    ],
  },
});
