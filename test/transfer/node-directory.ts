import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach } from 'vitest';

/** A directory for each test that plays one on a node; its name has what breaks careless shell programs. */
export function useNodeDirectory(): { readonly path: string } {
  let path = '';
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), `etcd-backup 'q' "d" $(touch x) ; & * \n ünd-`));
  });
  // A program whose connection was lost may still write.
  afterEach(() => rm(path, { recursive: true, force: true, maxRetries: 10 }));
  return {
    get path() {
      return path;
    },
  };
}
