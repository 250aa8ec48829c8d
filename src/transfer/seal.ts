import { createHash } from 'node:crypto';
import { posix } from 'node:path';

import type { BackupFile, NodeFile } from '../contracts/files.ts';
import type { NodeShell } from '../node/node-shell.ts';
import type { Transform } from './object-parts.ts';
import { openPartRecord } from './part-record.ts';
import { openSeal } from './seal-file.ts';
import { sealedParts } from './sealed-parts.ts';

/**
 * Seals a file for the recipients of one store, in the format of age, on its way: what is needed to go on, the key among it, lies in the
 * take's directory, so that any worker makes the same bytes again. Nobody's identity is needed.
 *
 * The transform fails as `openSeal` does.
 */
export function sealFor(options: {
  readonly shell: NodeShell;
  /** Absolute, on the node. */
  readonly takeDirectory: string;
  readonly kind: BackupFile['kind'];
  /** The store's name. */
  readonly store: string;
  /** What is sealed: the file, or the same compressed. */
  readonly plain: NodeFile;
  readonly recipients: readonly string[];
}): Transform {
  const { shell, takeDirectory, kind, store, plain, recipients } = options;
  return async (parts, signal) => {
    const path = posix.join(takeDirectory, `seal-${kind}-${store}`);
    const header = await openSeal({ shell, path, plain, recipients, signal });
    const maker = createHash('sha256').update(header.prefix).digest('hex').slice(0, 16);
    const record = await openPartRecord({
      shell,
      path: posix.join(takeDirectory, `sealed-${kind}-${store}`),
      maker,
      signal,
    });
    return sealedParts(parts, header, record, signal);
  };
}
