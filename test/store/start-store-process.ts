import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { StoreAnswer, StoreCall } from './store-process.ts';

/** Another worker's process with the same store. */
export interface StoreProcess {
  /** Asks for a call and resolves once the process is about to do it. */
  begin(asked: StoreCall): Promise<void>;
  /** How the call that was begun ended. */
  end(): Promise<StoreAnswer>;
  /** `begin` and `end` in one. */
  ask(asked: StoreCall): Promise<StoreAnswer>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const program = fileURLToPath(new URL('store-process.ts', import.meta.url));

/** Starts one; `wrapper` is a command that is given the process's own as its last arguments. */
export async function startStoreProcess(
  store: { readonly module: string; readonly location: string },
  wrapper: readonly string[] = [],
): Promise<StoreProcess> {
  const argv = [...wrapper, process.execPath, program, store.module, store.location];
  const child = spawn(String(argv[0]), argv.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = once(child, 'close');
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<StoreAnswer> => {
    const { done, value } = await lines.next();
    return done ? { said: 'failed', type: 'Killed', message: 'gone' } : JSON.parse(value);
  };
  const end = async (): Promise<StoreAnswer> => {
    const answer = await next();
    return answer.said === 'begun' ? await end() : answer;
  };
  const ask = (asked: StoreCall) => child.stdin.write(`${JSON.stringify(asked)}\n`);
  const kill = async () => {
    child.kill('SIGKILL');
    await gone;
  };
  if ((await next()).said !== 'ready') throw new Error(`${argv.join(' ')}: did not start`);
  return {
    begin: async (asked) => {
      ask(asked);
      await next();
    },
    end,
    ask: async (asked) => {
      ask(asked);
      return await end();
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
