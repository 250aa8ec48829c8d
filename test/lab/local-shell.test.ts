import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { localShell } from '../../src/node/local-shell.ts';
import { nodeShellConformance } from '../node/conformance.ts';

// A reboot of this machine would end the test with the worker.
nodeShellConformance(
  'the machine of the worker',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'etcd-backup-local-shell-'));
    return {
      shell: localShell('master-0'),
      directory,
      close: async () => await rm(directory, { recursive: true, force: true }),
    };
  },
  { connection: false, reboot: false },
);
