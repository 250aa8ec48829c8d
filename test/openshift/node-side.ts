import type { NodeShell, RunOptions } from '../../src/node/node-shell.ts';
import type { StandInNode } from '../../src/testing/index.ts';

/** A shell on a stand-in node without a pod between, which keeps all that passes through it. */
export interface WatchedShell extends NodeShell {
  /** Every command line that went to the node. */
  readonly sent: readonly string[];
  /** Everything that came back. */
  readonly returned: readonly string[];
}

/** `path`: where its programs are looked for. @default the node's */
export function watchedShell(node: StandInNode, path?: string): WatchedShell {
  const sent: string[] = [];
  const returned: string[] = [];
  return {
    nodeName: node.name,
    sent,
    returned,
    run: async (argv: readonly string[], { stdin, signal }: RunOptions = {}) => {
      signal?.throwIfAborted();
      const environment = path === undefined ? [] : ['/usr/bin/env', `PATH=${path}`];
      const options = stdin === undefined ? {} : { stdin };
      const { exitCode, stdout, stderr } = await node.run([...environment, ...argv], options);
      sent.push(argv.join(' '));
      returned.push(stdout, stderr);
      return { exitCode, stdout: Buffer.from(stdout), stderr };
    },
    open: async () => await Promise.reject(new Error('nothing here reads a stream')),
  };
}

/** A directory on the node with all its programs but these. */
export async function programsWithout(
  node: StandInNode,
  ...names: readonly string[]
): Promise<string> {
  const directory = `/run/programs-without-${names.join('-')}`;
  const script = `mkdir -p "$1" && ln -sf /usr/bin/* /usr/sbin/* "$1" && cd "$1" && shift && rm -f "$@"`;
  await node.run(['sh', '-c', script, 'sh', directory, ...names]);
  return directory;
}
