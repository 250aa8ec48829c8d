import { createHash } from 'node:crypto';

import { failure } from '../contracts/failures.ts';
import type { NodeFile } from '../contracts/files.ts';
import type { TransferPolicy } from '../contracts/policy.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { partRange } from '../store/layout.ts';
import type { ObjectParts } from './object-parts.ts';
import { readPartList } from './part-list.ts';
import { createRangeLanes } from './range-lanes.ts';
import { openRangeSession } from './range-session.ts';

/** Options of {@link fileParts}. */
export interface FilePartsOptions {
  readonly shell: NodeShell;
  readonly file: NodeFile;
  readonly transfer: Pick<TransferPolicy, 'lanes' | 'compression' | 'maxBytesPerSecond'>;
  readonly retryDelayMs: number;
  readonly signal: AbortSignal;
}

// Long enough that what each costs the node is little, short enough that its steps overlap and that lanes share a part.
const rangeBytes = 16 * 1024 * 1024;

/** A range of a limited transfer takes about a quarter of a second. */
const rangesPerSecond = 4;
const stepBytes = 64 * 1024;

/**
 * The parts of an object that is a file of the node as it is. Each is read once from the node and compared with the digest
 * that the node computed; other bytes are asked for once more, uncompressed. Opens no connection yet.
 *
 * Reading fails with `FileChanged` (not retryable), `NodeUnreachable` or `ChecksumMismatch` (retryable).
 */
export function fileParts(options: FilePartsOptions): ObjectParts {
  const { shell, file, transfer, retryDelayMs, signal } = options;
  const { sizeBytes, partSizeBytes, sha256 } = file;
  const { lanes: count, compression, maxBytesPerSecond } = transfer;
  const lanes = createRangeLanes({
    lanes: count,
    open: () => openRangeSession(shell, file, signal, compression),
    rangeBytes: rangeSize(maxBytesPerSecond),
    maxBytesPerSecond,
    retryDelayMs,
    signal,
  });
  let list: Promise<readonly string[]> | undefined;
  const digests = () => (list ??= readPartList(shell, file, signal));

  return {
    sizeBytes,
    partSizeBytes,
    sha256,
    digests,
    async read(number, buffer) {
      const expected = (await digests())[number - 1];
      const { offset } = partRange(file, number);
      let arrived = '';
      for (const plain of [false, true]) {
        await lanes.read(offset, buffer, { plain });
        arrived = createHash('sha256').update(buffer).digest('hex');
        if (arrived === expected) return arrived;
      }
      throw failure('ChecksumMismatch', {
        observed: `part ${number}: arrived with SHA-256 ${arrived}, the node has ${expected}`,
        where: { node: shell.nodeName, path: file.path },
      });
    },
    [Symbol.asyncDispose]: () => lanes[Symbol.asyncDispose](),
  };
}

function rangeSize(maxBytesPerSecond = Infinity): number {
  const most = Math.floor(maxBytesPerSecond / rangesPerSecond / stepBytes) * stepBytes;
  return Math.max(stepBytes, Math.min(rangeBytes, most));
}
