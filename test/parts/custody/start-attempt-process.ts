import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { AttemptNews } from './attempt-process.ts';
import type { UploadAttempt } from './upload-attempt.ts';

/** Another worker's process that works on an upload. */
export interface AttemptProcess extends AsyncDisposable {
  /** How it ended, once it is gone: killed, or the last that it said. */
  readonly end: Promise<AttemptNews | 'killed'>;
  /** SIGKILL: nothing of it gets the chance to say goodbye. Resolves once it is gone. */
  readonly kill: () => Promise<void>;
}

const program = fileURLToPath(new URL('attempt-process.ts', import.meta.url));

/** Starts one; it is killed when it ends with its block. `onBegun` is called when it is at work. */
export function startAttemptProcess(attempt: UploadAttempt, onBegun: () => void): AttemptProcess {
  const child = fork(program, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let last: AttemptNews = { said: 'ready' };
  const exited = once(child, 'exit');
  child.on('message', (news: AttemptNews) => {
    last = news;
    if (news.said === 'ready') child.send(attempt, () => {});
    if (news.said === 'begun') onBegun();
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    end: exited.then(() => (child.signalCode === 'SIGKILL' ? 'killed' : last)),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
