import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { failure } from '../contracts/failures.ts';
import type { UploadPart } from './backup-store.ts';
import { nameTaken, objectGone } from './object-failures.ts';
import { consistsOf, counted, digestOf } from './rclone-content.ts';
import { rcloneRemote } from './rclone-remote.ts';
import type { RcloneRemote } from './rclone-remote.ts';
import { uploadsFolder } from './rclone-uploads.ts';
import { keyHash } from './upload-id.ts';

/** An object that is to be. */
export interface NewObject {
  readonly remote: RcloneRemote;
  readonly key: string;
  /** What it consists of, to the byte. */
  readonly parts: readonly UploadPart[];
  /** Writes the bytes to a path. */
  readonly write: (path: string) => Promise<void>;
  /** Called with the length of each piece that was read back. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Makes an object, unless its name is taken by other bytes: it is written under a name that no key can have, read back and
 * compared, and only then given its own name, in one step of the remote. Succeeds where the object is there already.
 *
 * A draft says by its name what it is of. Whoever finds one of other bytes beside its own gives way, or waits until that one
 * is gone: two workers never give one name to two contents, though the remote cannot refuse the second.
 *
 * @throws `StoreRefused` (not retryable), `ChecksumMismatch`, `StoreUnavailable` (retryable)
 */
export async function makeObject(object: NewObject): Promise<void> {
  if (await isMade(object)) return;
  const { remote, key, parts, write } = object;
  const folder = `${uploadsFolder}/${keyHash(key)}`;
  const draft = `${folder}/${digestOf(parts)}-${randomUUID()}`;
  try {
    await write(draft);
    await assertDraft(object, draft);
    await giveWay(object, folder, draft);
    await giveName(object, draft);
  } catch (error) {
    await removeLeft(remote, draft);
    // An earlier or overlapping attempt may have been first, and has removed what this one was at.
    if (remote.signal.aborted || !(await isMade(object))) throw error;
  }
  await remote.removeFolder(folder);
}

/** Whether the object is there; fails when its name is taken by other bytes. */
async function isMade(object: NewObject): Promise<boolean> {
  const { remote, key, parts } = object;
  const found = await remote.stat(key);
  if (found === undefined) return false;
  if (found.sizeBytes === sizeOf(parts) && (await holdsParts(object, key))) return true;
  throw nameTaken(remote.options, key);
}

/** The read-back check. What was stored counts, not what rclone says of it. */
async function assertDraft(object: NewObject, draft: string): Promise<void> {
  const { remote, key } = object;
  if (await holdsParts(object, draft)) return;
  throw failure('ChecksumMismatch', {
    observed: 'object: other bytes were read back than were written, it was not given its name',
    where: { store: remote.options.name, key },
  });
}

async function holdsParts(
  { remote, parts, onBytes = () => {} }: NewObject,
  path: string,
): Promise<boolean> {
  return await consistsOf(counted(remote.read(path), onBytes), parts);
}

/** How often another's draft is looked for; the wait doubles: some six seconds in all. */
const looks = 6;
const firstWaitMs = 100;

/**
 * Returns once no draft of other bytes is there, while the own one is. Of two writers, each of which sees the other's, the one
 * with the higher digest removes its own and fails.
 */
async function giveWay({ remote, key }: NewObject, folder: string, draft: string): Promise<void> {
  const own = digestIn(draft);
  let hasGivenWay = false;
  for (let look = 1; look <= looks; look += 1) {
    const others = (await remote.list(folder)).map(({ path }) => digestIn(path));
    const rivals = others.filter((digest) => digest !== own);
    if (rivals.length === 0) {
      if (hasGivenWay) break;
      return;
    }
    if (!hasGivenWay && rivals.some((digest) => digest < own)) {
      await remote.removeFile(draft);
      hasGivenWay = true;
    }
    await sleep(firstWaitMs * 2 ** (look - 1), undefined, { signal: remote.signal });
  }
  throw failure('StoreUnavailable', {
    observed: 'object: another worker was about to give its name to other bytes',
    where: { store: remote.options.name, key },
    nextStep: `Nothing if the next try passes; otherwise find out who writes the same backup, and remove ${folder} from the remote.`,
  });
}

function digestIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).split('-')[0] ?? '';
}

async function giveName(object: NewObject, draft: string): Promise<void> {
  const { remote, key, parts } = object;
  // It looks at the name only now: whoever was first has removed its draft after its object was there.
  await remote.move(draft, key);
  const [left, found] = await Promise.all([remote.stat(draft), remote.stat(key)]);
  if (found === undefined) throw objectGone(remote.options, key);
  if (left === undefined && found.sizeBytes === sizeOf(parts)) return;
  // It was taken, and the draft left where it was.
  await isMade(object);
}

/** Also when the worker is told to stop: nobody else would remove it soon. */
async function removeLeft({ options }: RcloneRemote, draft: string): Promise<void> {
  const remote = rcloneRemote(options, AbortSignal.timeout(10_000));
  await remote.removeFile(draft).catch(() => {});
}

function sizeOf(parts: readonly UploadPart[]): number {
  return parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
