import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { NodeShell } from '../../src/node/node-shell.ts';
import { createLocalShell } from './local-shell.ts';

/** A shell on this machine where a program in `directory`, this shell script, stands in for one of the system's. */
export async function withTool(
  directory: string,
  name: string,
  script: string,
): Promise<NodeShell> {
  const bin = join(directory, 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return createLocalShell({ wrapper: ['env', `PATH=${bin}:${process.env['PATH']}`] });
}
