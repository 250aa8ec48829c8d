import { setTimeout as delay } from 'node:timers/promises';

import { failure, failureType } from '../contracts/failures.ts';
import type { BackupStore, PresignedPart, UploadPart } from '../store/backup-store.ts';
import { openDirectLane } from './direct-lane.ts';
import type { DirectLane, DirectLaneOptions } from './direct-lane.ts';
import { describeAnswer, judgePart } from './part-answer.ts';
import type { PartAnswer } from './part-answer.ts';
import type { ProgressLimit } from './progress-limit.ts';

/** Has the node send parts of one file, one after the other, through one process there. */
export interface PartSender extends AsyncDisposable {
  /**
   * Sends a part until the store has taken it. Returns why not, where the worker may still get it there. Tries again when the node
   * could not be reached or understood, or the store was busy (five times each), when the request was refused (twice, signed
   * anew), or when other bytes arrived (once).
   */
  send(part: UploadPart & { readonly offset: number }): Promise<string | undefined>;
}

/** Options of {@link createPartSender}. */
export interface PartSenderOptions extends DirectLaneOptions {
  readonly store: Pick<BackupStore, 'name'>;
  /** Makes the request that stores a part, right before it is sent. */
  readonly sign: (part: UploadPart) => Promise<PresignedPart>;
  /** The first wait before a part is sent again; it doubles each time. @default 1000 */
  readonly retryDelayMs?: number;
}

const retries = { sendAgain: 5, signAnew: 2, damaged: 1 } as const;
const reconnects = 5;

/** Makes a sender; it starts its process when that is first needed. */
export function createPartSender(options: PartSenderOptions, limit: ProgressLimit): PartSender {
  const { shell, file, store, sign, retryDelayMs = 1000 } = options;
  const { signal } = limit;
  let lane: DirectLane | undefined;

  const close = async () => {
    const open = lane;
    lane = undefined;
    await open?.close();
  };
  const ask = async (part: UploadPart & { readonly offset: number }): Promise<PartAnswer> => {
    lane ??= await limit.race(openDirectLane(options, signal));
    const request = await limit.race(sign(part));
    return await limit.race(lane.send(part, request));
  };
  const pause = async (ms: number) => {
    await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  };
  /** Asks as long as the node cannot be reached or understood, and no longer than it makes sense. */
  const reach = async (part: UploadPart & { readonly offset: number }): Promise<PartAnswer> => {
    for (let [left, wait] = [reconnects, retryDelayMs]; ; left -= 1, wait *= 2) {
      try {
        return await ask(part);
      } catch (error) {
        await close();
        signal.throwIfAborted();
        const type = failureType(error);
        const isLost = type === 'NodeUnreachable' || type === 'ChecksumMismatch';
        if (!isLost || left === 0) throw error;
        await pause(wait);
      }
    }
  };

  return {
    send: async (part) => {
      const left: Record<keyof typeof retries, number> = { ...retries };
      for (let wait = retryDelayMs; ;) {
        const answer = await reach(part);
        const verdict = judgePart(answer);
        if (verdict === 'stored') return undefined;
        const observed = `part ${part.number}: ${describeAnswer(answer)}`;
        if (verdict === 'throughWorker') return observed;
        if (left[verdict] === 0) {
          if (verdict !== 'damaged') return observed;
          const where = { node: shell.nodeName, path: file.path, store: store.name };
          throw failure('ChecksumMismatch', { observed, where });
        }
        left[verdict] -= 1;
        if (verdict === 'signAnew') continue;
        await pause(wait);
        wait *= 2;
      }
    },
    [Symbol.asyncDispose]: close,
  };
}
