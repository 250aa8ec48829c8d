import { setTimeout as delay } from 'node:timers/promises';

import type { NodeFacts, ScriptRun, TakeContext } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import { formatBytes } from '../contracts/index.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { judgeScript } from './judge-script.ts';
import { observeScript } from './observe-script.ts';
import type { ScriptState } from './observe-script.ts';
import { readOutcome } from './read-outcome.ts';
import { releaseNamed } from './releases.ts';
import { startScript } from './start-script.ts';
import { stopScript } from './stop-script.ts';
import { takeDirectory } from './take-directory.ts';

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
 * interruption it follows the same script. It stops the script when the node has less space left than `node.leastFreeBytes`:
 * etcd and kubelet live from the same file system.
 *
 * @throws what {@link judgeScript} throws; `NodeDiskFull` when it was stopped for want of space; `NoProgress` when log and
 * files stay as they are for the policy's time; none retryable
 */
export async function followScript(
  open: () => Promise<NodeShell>,
  input: TakeContext & { readonly node: NodeFacts },
  { signal, report }: FollowOptions,
): Promise<ScriptRun> {
  const { take, policy, node } = input;
  const release = releaseNamed(node.script.release);
  if (release === undefined) {
    throw failure('ScriptMissing', {
      observed: `the contract of the script is that of ${node.script.release}: not known to this worker`,
      where: { node: take.nodeName },
    });
  }
  const argv = release.argv(takeDirectory(take).backup, { force: policy.forceScript });
  const idle = idleWatch(policy.noProgressMs);
  let startingLooks = 0;
  let waitMs = 0;
  for (;;) {
    signal.throwIfAborted();
    const shell = await open();
    const state = await observeScript(shell, take, signal, waitMs);
    switch (state.state) {
      case 'absent':
        await startScript(shell, take, argv, signal);
        break;
      case 'ended': {
        const outcome = await readOutcome(shell, take, signal);
        // Whoever stopped it may be gone: what it said at its end is of the stop, not of the node.
        if (outcome.stopped && outcome.exitCode !== 0) {
          return { outcome: 'died', observed: 'it was told to stop' };
        }
        return judgeScript(outcome, take, release);
      }
      case 'died':
        return { outcome: 'died', observed: 'its process is gone and there is no exit code' };
      case 'starting':
        startingLooks += 1;
        if (startingLooks > enoughStartingLooks) {
          return { outcome: 'died', observed: 'its start never came to a process' };
        }
        break;
      case 'running':
        if (state.freeBytes < node.leastFreeBytes) {
          await stopScript(shell, take, signal);
          throw tooLittleLeft(state, input);
        }
        break;
    }
    idle(state, take.nodeName);
    report(words(state), progress(state, node));
    waitMs = Math.min(2 * waitMs + firstWaitMs, longestWaitMs);
    // A script that runs is waited for on its node.
    if (state.state !== 'running') await delay(waitMs, undefined, { signal });
  }
}

const firstWaitMs = 100;
const longestWaitMs = 3_000;

// A start writes its process down at once; these many looks take half a minute.
const enoughStartingLooks = 14;

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

function tooLittleLeft(
  { freeBytes }: ScriptState,
  { take, node }: TakeContext & { readonly node: NodeFacts },
): Error {
  return failure('NodeDiskFull', {
    observed: `the script was stopped while it ran: ${formatBytes(freeBytes)} are free on the file system of the backup directory, expected at least ${formatBytes(node.leastFreeBytes)}`,
    where: { node: take.nodeName, directory: take.directory },
  });
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
