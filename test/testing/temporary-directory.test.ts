import { spawnSync } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';

test('removes what killed processes left in the same place, and nothing else', async () => {
  const place = await temporaryDirectory('place');
  try {
    const { pid: dead } = spawnSync('true');
    const strangers = ['something-else', `etcd-backup-testing-${process.ppid}-alive-a`];
    for (const name of [...strangers, `etcd-backup-testing-${dead}-bench-a`]) {
      await mkdir(join(place, name, 'data'), { recursive: true });
    }
    const ours = await temporaryDirectory('bench', place);
    expect((await readdir(place)).sort()).toEqual([...strangers, basename(ours)].sort());
  } finally {
    await rm(place, { recursive: true, force: true });
  }
});
