import { createHash } from 'node:crypto';

import { failure } from '../contracts/failures.ts';
import type { NodeFile } from '../contracts/files.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { partCount } from '../store/layout.ts';

// One digest and a newline.
const lineBytes = 65;

// A list that a lost connection cut short is asked for again before it counts as changed.
const tries = 3;

const program = '[ -f "$1" ] || exit 44; exec head -c "$2" -- "$1"';
const goneExitCode = 44;

/** The bytes of a part list. */
export function formatPartList(digests: readonly string[]): string {
  return digests.map((digest) => `${digest}\n`).join('');
}

/**
 * Reads the digests of a file's parts from the list on the node, in order of part: lower-case hexadecimal.
 *
 * @throws `FileChanged` (not retryable) when the list is gone or is not the one whose digest `file` has;
 *   `NodeUnreachable` (retryable)
 */
export async function readPartList(
  shell: NodeShell,
  file: NodeFile,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { partListPath: path } = file;
  const where = { node: shell.nodeName, path };
  const sizeBytes = partCount(file) * lineBytes;
  const argv = ['sh', '-c', program, 'sh', path, String(sizeBytes + 1)];
  let observed = '';
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const { exitCode, stdout } = await shell.run(argv, { maxBytes: sizeBytes + 1, signal });
    if (exitCode === goneExitCode) {
      throw failure('FileChanged', { observed: 'list of part digests: not there', where });
    }
    if (exitCode !== 0) {
      throw failure('NodeUnreachable', {
        observed: `list of part digests: reading it ended with exit code ${exitCode}`,
        where,
      });
    }
    const sha256 = createHash('sha256').update(stdout).digest('hex');
    if (sha256 === file.partListSha256) return stdout.toString('latin1').trim().split('\n');
    observed = `list of part digests: ${stdout.length} bytes with SHA-256 ${sha256}, expected ${file.partListSha256}`;
  }
  throw failure('FileChanged', { observed, where });
}
