import { createHash } from 'node:crypto';

import { failure } from '../contracts/failures.ts';
import type { UploadPart, UploadSession } from './backup-store.ts';
import { counted } from './rclone-content.ts';
import { uploadGone } from './object-failures.ts';
import { makeObject } from './rclone-draft.ts';
import type { RcloneRemote } from './rclone-remote.ts';
import { folderOf, storedParts } from './rclone-uploads.ts';
import type { StoredPart } from './rclone-uploads.ts';

/** What a commit knows. */
export interface RcloneCommit {
  readonly remote: RcloneRemote;
  readonly session: UploadSession;
  readonly parts: readonly UploadPart[];
  /** Called with the bytes of the object that are behind. */
  readonly onProgress?: ((bytesDone: number) => void) | undefined;
}

/**
 * Makes the object of exactly these parts. They are read from the remote and written to it again as one stream, as fast as the
 * slower of the two ways lets it, with no more than a few chunks in memory.
 */
export async function commitUpload(commit: RcloneCommit): Promise<void> {
  const { remote, session, parts, onProgress } = commit;
  const { sizeBytes } = session;
  let moved = 0;
  // Each byte goes there once more, and comes back once.
  const onBytes = (bytes: number): void => {
    moved += bytes;
    onProgress?.(Math.min(sizeBytes, Math.floor(moved / 2)));
  };
  const write = async (path: string) => {
    const stored = await storedParts(remote, session);
    if (stored === undefined) throw uploadGone(remote.options, session.key);
    const chosen = parts.map((part) => chosenOf(remote, session, part, stored));
    await remote.write(path, sizeBytes, counted(joined(remote, session, chosen), onBytes));
  };
  await makeObject({ remote, key: session.key, parts, write, onBytes });
  await remote.removeFolder(folderOf(session));
}

function chosenOf(
  { options }: RcloneRemote,
  { key }: UploadSession,
  { number, sha256 }: UploadPart,
  stored: readonly StoredPart[],
): StoredPart {
  const found = stored.filter((part) => part.number === number);
  const chosen = found.find((part) => part.sha256 === sha256);
  if (chosen !== undefined) return chosen;
  const [other] = found;
  throw failure('ChecksumMismatch', {
    observed: `part ${number}: ${other === undefined ? 'not stored' : `stored with SHA-256 ${other.sha256}`}, expected ${sha256}`,
    where: { store: options.name, key },
  });
}

/** The bytes of the parts; a part that is not what its name says is removed, so that it is sent again. */
async function* joined(
  remote: RcloneRemote,
  { key }: UploadSession,
  parts: readonly StoredPart[],
): AsyncGenerator<Uint8Array, void, void> {
  for (const { number, sha256, path } of parts) {
    const hash = createHash('sha256');
    for await (const chunk of remote.read(path)) {
      hash.update(chunk);
      yield chunk;
    }
    const found = hash.digest('hex');
    if (found === sha256) continue;
    await remote.removeFile(path);
    throw failure('ChecksumMismatch', {
      observed: `part ${number}: read back with SHA-256 ${found}, expected ${sha256}`,
      where: { store: remote.options.name, key },
    });
  }
}
