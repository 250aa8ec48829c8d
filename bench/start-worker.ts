import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** `etcd-backup worker` in a process of its own. */
export interface BenchWorker {
  readonly pid: number;
  /** SIGKILL: nothing of it gets the chance to say goodbye. Safe to repeat. */
  kill(): Promise<void>;
}

const command = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));

/**
 * Starts one and waits until it serves: its workflows are bundled then. It also ends when this process is killed.
 *
 * @throws `Error` with what it wrote last, when it ends before
 */
export async function startWorker(configFile: string, address: string): Promise<BenchWorker> {
  const argv = [command, 'worker', '--json', '--config', configFile];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, ...argv], {
    env: { ...process.env, TEMPORAL_ADDRESS: address, NO_PROXY: '*' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C is the bench's own affair.
    detached: true,
  });
  const exited = once(child, 'close');
  exited.catch(() => {});
  let lastWords = '';
  const serves = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        lastWords = (lastWords + bytes.toString()).slice(-4000);
        if (lastWords.includes('"event":"ready"')) resolve();
      });
    }
  });
  await Promise.race([
    serves,
    exited.then(() => {
      throw new Error(`the worker ended: ${lastWords}`);
    }),
  ]);
  return {
    pid: child.pid ?? 0,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
