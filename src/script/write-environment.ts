import type { Take } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { takeDirectory } from './take-directory.ts';

/** Writes variables into the take's environment file, 0600, over stdin. Rewrites it when repeated. */
export async function writeEnvironment(
  shell: NodeShell,
  take: Take,
  variables: readonly (readonly [name: string, value: string])[],
  signal: AbortSignal,
): Promise<void> {
  const text = variables.map(([name, value]) => `${name}=${quoted(value)}\n`).join('');
  const { environment } = takeDirectory(take);
  const { exitCode } = await shell.run(['sh', '-c', write, 'sh', environment], {
    stdin: Buffer.from(text),
    signal,
  });
  // What the shell says of a failed write may hold the text.
  if (exitCode !== 0) {
    throw failure('NodeDiskFull', {
      observed: 'the environment file could not be written',
      where: { node: take.nodeName, path: environment },
    });
  }
}

const write = 'umask 077; cat > "$1.new" && mv "$1.new" "$1"';

function quoted(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
