import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';

import { systemPath } from './system-path.ts';

/** A process that keeps namespaces alive, and with them what was mounted and started there. */
export interface NamespaceHolder {
  readonly pid: number;
  /** Ends the process; everything in its namespaces goes with it. Safe to repeat. */
  end(): Promise<void>;
}

/**
 * Runs a script of this folder behind `prefix` (unshare, nsenter) until it says `ready`, and keeps it.
 *
 * The script ends when its stdin does: at `end`, and also when this process dies, however it dies.
 *
 * @throws `Error` with what the script wrote to stderr, when it ends before it is ready
 */
export async function holdNamespaces(
  prefix: readonly string[],
  script: string,
  argv: readonly string[],
): Promise<NamespaceHolder> {
  const text = await scriptText(script);
  // With a socket as stdin bash would read this user's .bashrc.
  const bash = ['bash', '--norc', '-c', text, script];
  const [command = '', ...rest] = [...prefix, ...bash, ...argv];
  // A group of its own, so that Ctrl-C on a terminal reaches it through us only.
  const child = spawn(command, rest, {
    detached: true,
    env: { PATH: systemPath },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close').catch(() => {});
  child.stdin.on('error', () => {});
  const end = async () => {
    child.stdin.destroy();
    await closed;
  };
  try {
    await ready(child);
  } catch (error) {
    await end();
    throw error;
  }
  return { pid: child.pid ?? 0, end };
}

/** The text of a script of this folder. */
export async function scriptText(name: string): Promise<string> {
  return await readFile(new URL(name, import.meta.url), 'utf8');
}

async function ready(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    if (chunk.includes('ready')) resolve();
  });
  child.on('error', reject);
  child.on('close', (code, signal) =>
    reject(new Error(complaint.trim() || `it ended with ${code ?? signal}`)),
  );
  await promise;
}
