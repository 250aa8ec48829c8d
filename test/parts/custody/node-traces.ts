import type { CustodyNode } from './custody-ground.ts';

/** The command lines of the node's processes that have this text in them, a line each. */
export async function processesWith(node: CustodyNode, text: string): Promise<readonly string[]> {
  // The text comes over stdin, so that the one who looks for it has it not. A process that ends meanwhile is none.
  const look = `grep -lasF -f - /proc/[0-9]*/cmdline | while read -r file; do tr '\\0\\n' '  ' <"$file"; echo; done`;
  return await lines(node, ['sh', '-c', `{ ${look}; } 2>/dev/null`], text);
}

/** Everything in the places where something temporary could lie. */
export async function temporaryFiles(node: CustodyNode): Promise<readonly string[]> {
  return await lines(node, ['find', '/dev/shm', '/run', '/tmp', '/home/core', '-mindepth', '1']);
}

async function lines(
  node: CustodyNode,
  argv: readonly string[],
  stdin = '',
): Promise<readonly string[]> {
  const { stdout } = await node.run(argv, { stdin });
  return stdout.split('\n').filter((line) => line !== '');
}
