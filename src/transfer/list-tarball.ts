import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';

/** What `tar` on the node made of a tarball. */
export type TarballListing =
  | {
      readonly outcome: 'listed';
      /** Cut after the third segment, each once. */
      readonly entries: readonly string[];
    }
  | { readonly outcome: 'unreadable'; readonly observed: string };

// The exit code is tar's own: the last word of a pipe would hide it.
const program = `listing=$(tar -tzf "$1" </dev/null) || exit
printf '%s\\n' "$listing" | cut -d / -f 1-3 | sort -u`;

/** What tar says with its exit code about a file that it cannot read to its end. */
const tarRefused = 2;

/**
 * Reads a gzipped tarball on the node to its end and lists its entries; content stays on the node. `unreadable` where
 * gzip or tar refuse it.
 *
 * @throws `NodeUnreachable` (retryable) when the command ended without a verdict
 */
export async function listTarball(
  shell: NodeShell,
  path: string,
  signal: AbortSignal,
): Promise<TarballListing> {
  const { exitCode, stdout, stderr } = await shell.run(['sh', '-c', program, 'sh', path], {
    signal,
  });
  if (exitCode === tarRefused) {
    const said = stderr.trim().split('\n')[0] ?? '';
    return { outcome: 'unreadable', observed: said.slice(0, 200) };
  }
  if (exitCode !== 0) {
    throw failure('NodeUnreachable', {
      observed: `tar on the node: ended with exit code ${exitCode}`,
      where: { node: shell.nodeName, path },
    });
  }
  return { outcome: 'listed', entries: stdout.toString('utf8').split('\n').filter(Boolean) };
}
