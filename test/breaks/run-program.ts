import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** How a program ended. */
export interface ProgramEnd {
  readonly exitCode: number | null;
  /** Standard output and error. */
  readonly output: string;
}

/** Runs a program to its end; nothing of its process group outlives that. An aborted signal ends all of it. */
export async function runProgram(
  [program = '', ...argv]: readonly string[],
  options: {
    readonly cwd: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly signal: AbortSignal;
  },
): Promise<ProgramEnd> {
  const { cwd, signal, env = {} } = options;
  signal.throwIfAborted();
  const child = spawn(program, argv, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const end = (): void => {
    send(child.pid, 'SIGTERM');
    setTimeout(() => send(child.pid, 'SIGKILL'), graceMs).unref();
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    signal.throwIfAborted();
    return { exitCode: child.exitCode, output: `${stdout}${stderr}` };
  } finally {
    signal.removeEventListener('abort', end);
    // What it started and did not end.
    send(child.pid, 'SIGKILL');
  }
}

const graceMs = 5000;

function send(group: number | undefined, signal: NodeJS.Signals): void {
  if (group === undefined) return;
  try {
    process.kill(-group, signal);
  } catch {
    // It is gone already.
  }
}
