import { setTimeout as delay } from 'node:timers/promises';

import type { NodeFacts, ScriptRun, TakeContext } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { judgeScript } from './judge-script.ts';
import { observeScript } from './observe-script.ts';
import type { ScriptState } from './observe-script.ts';
import { readOutcome } from './read-outcome.ts';
import { scriptRelease } from './releases.ts';
import { startScript } from './start-script.ts';

/** What following needs besides the take. */
export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly report: (
    state: string,
    bytes?: { readonly bytesDone: number; readonly bytesTotal?: number },
  ) => void;
}

/**
 * Starts the take's script unless it was started before, follows it to its end and judges it. Repeated after any
 * interruption it follows the same script.
 *
 * @throws what {@link judgeScript} throws; `NoProgress`, not retryable, when log and files stay as they are for the policy's
 * time
 */
export async function followScript(
  open: () => Promise<NodeShell>,
  input: TakeContext & { readonly node: NodeFacts },
  { signal, report }: FollowOptions,
): Promise<ScriptRun> {
  const { take, policy, node } = input;
  const release = scriptRelease(node.script.release);
  if (release === undefined) {
    throw failure('ScriptMissing', { observed: `no script is known for ${node.script.release}` });
  }
  const idle = idleWatch(policy.noProgressMs);
  let startingLooks = 0;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
    signal.throwIfAborted();
    const shell = await open();
    const state = await observeScript(shell, take, signal);
    switch (state.state) {
      case 'absent':
        await startScript(shell, take, release, signal);
        break;
      case 'ended':
        return judgeScript(await readOutcome(shell, take, signal), take, release);
      case 'died':
        return { outcome: 'died', observed: 'its process is gone and there is no exit code' };
      case 'starting':
        startingLooks += 1;
        if (startingLooks > enoughStartingLooks) {
          return { outcome: 'died', observed: 'its start never came to a process' };
        }
        break;
      case 'running':
        break;
    }
    idle(state, take.nodeName);
    report(words(state), progress(state, node));
    await delay(pauseMs, undefined, { signal });
  }
}

const firstPauseMs = 100;
const longestPauseMs = 3_000;

// A start writes its process down at once; these many looks take half a minute.
const enoughStartingLooks = 18;

function words({ state, fileBytes }: ScriptState): string {
  if (state !== 'running') return 'starting the script';
  return fileBytes === 0 ? 'the script is running' : 'the script is writing its files';
}

function progress(
  { fileBytes }: ScriptState,
  { databaseBytes }: NodeFacts,
): { readonly bytesDone: number; readonly bytesTotal?: number } {
  return {
    bytesDone: fileBytes,
    ...(databaseBytes === 0 ? {} : { bytesTotal: Math.max(databaseBytes, fileBytes) }),
  };
}

/** Fails when neither the log nor the files have grown for so long. */
function idleWatch(noProgressMs: number): (state: ScriptState, node: string) => void {
  let seen = '';
  let since = Date.now();
  return ({ state, logBytes, fileBytes }, node) => {
    const now = `${state} ${logBytes} ${fileBytes}`;
    if (now !== seen) {
      seen = now;
      since = Date.now();
    } else if (Date.now() - since > noProgressMs) {
      throw failure('NoProgress', {
        observed: `the script wrote nothing for ${Math.round(noProgressMs / 1000)} s`,
        where: { node, logBytes, fileBytes },
      });
    }
  };
}
