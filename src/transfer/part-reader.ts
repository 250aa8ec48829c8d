import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import type { BackupFile } from '../contracts/files.ts';
import { failure, failureType } from '../contracts/failures.ts';
import type { NodeShell } from '../node/node-shell.ts';
import type { UploadPart } from '../store/backup-store.ts';
import type { ProgressLimit } from './progress-limit.ts';
import { openRangeSession } from './range-session.ts';
import type { RangeSession } from './range-session.ts';

/** Reads parts of one file through one session and one buffer. */
export interface PartReader extends AsyncDisposable {
  /**
   * Reads a part, checks its digest and gives its bytes to `store`; they are valid until that settles. Does all of it
   * again, through a new session, when the node could not be reached (five times) or other bytes arrived (once).
   */
  transfer(
    part: UploadPart & { readonly offset: number },
    store: (bytes: Uint8Array) => Promise<void>,
  ): Promise<void>;
}

const retries = { NodeUnreachable: 5, ChecksumMismatch: 1 };

/** Makes a reader; it opens its session when it is first needed. */
export function createPartReader(
  options: {
    readonly shell: NodeShell;
    readonly file: BackupFile;
    readonly retryDelayMs?: number;
  },
  limit: ProgressLimit,
): PartReader {
  const { shell, file, retryDelayMs = 1000 } = options;
  const { signal } = limit;
  // Outside V8's heap and allocated once: a large backup costs no more memory than a small one.
  const buffer = Buffer.allocUnsafeSlow(Math.min(file.partSizeBytes, file.sizeBytes));
  let session: RangeSession | undefined;

  const close = async () => {
    const open = session;
    session = undefined;
    await open?.close();
  };
  const read = async (part: UploadPart & { readonly offset: number }) => {
    session ??= await limit.race(openRangeSession(shell, file, signal));
    const bytes = buffer.subarray(0, part.sizeBytes);
    await limit.race(session.read(part.offset, bytes));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (sha256 === part.sha256) return bytes;
    throw failure('ChecksumMismatch', {
      observed: `part ${part.number}: arrived with SHA-256 ${sha256}, the node has ${part.sha256}`,
      where: { node: shell.nodeName, path: file.path },
    });
  };

  return {
    transfer: async (part, store) => {
      const left = { ...retries };
      for (let wait = retryDelayMs; ; wait *= 2) {
        try {
          await limit.race(store(await read(part)));
          return;
        } catch (error) {
          await close();
          signal.throwIfAborted();
          const type = failureType(error);
          if (type !== 'NodeUnreachable' && type !== 'ChecksumMismatch') throw error;
          if (left[type] === 0) throw error;
          left[type] -= 1;
          await delay(wait, undefined, { signal }).catch(() => signal.throwIfAborted());
        }
      }
    },
    [Symbol.asyncDispose]: close,
  };
}
