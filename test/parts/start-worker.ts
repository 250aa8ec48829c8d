import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly pid: number;
  /** SIGKILL: nothing of it gets the chance to say goodbye. */
  kill(): Promise<void>;
  /** SIGTERM, and its exit. */
  stop(): Promise<void>;
  /** Everything it wrote. */
  output(): string;
}

/** Starts one and waits until it polls; `argv` is what `worker-process.ts` takes. */
export async function startWorker(argv: readonly string[]): Promise<WorkerProcess> {
  const program = fileURLToPath(new URL('worker-process.ts', import.meta.url));
  const child = fork(program, argv, {
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  child.stdout?.on('data', (bytes: Buffer) => (output += bytes.toString()));
  child.stderr?.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const exited = once(child, 'exit');
  await Promise.race([
    once(child, 'message'),
    exited.then(() => {
      throw new Error(`the worker ended: ${output.slice(-2000)}`);
    }),
  ]);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (isRunning(child)) child.kill(signal);
    await exited;
  };
  return {
    pid: child.pid ?? 0,
    kill: async () => await end('SIGKILL'),
    stop: async () => await end('SIGTERM'),
    output: () => output,
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
