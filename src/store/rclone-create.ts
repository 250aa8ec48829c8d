import { createHash } from 'node:crypto';

import { makeObject } from './rclone-draft.ts';
import type { RcloneRemote } from './rclone-remote.ts';

/** Writes a small object unless its name is taken by other bytes. */
export async function createObject(
  remote: RcloneRemote,
  key: string,
  bytes: Uint8Array,
): Promise<void> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await makeObject({
    remote,
    key,
    parts: [{ number: 1, sizeBytes: bytes.length, sha256 }],
    write: (path) => remote.write(path, bytes.length, [bytes]),
  });
}
