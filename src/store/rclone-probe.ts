import { createHash, randomUUID } from 'node:crypto';

import { z } from 'zod';

import { failure } from '../contracts/failures.ts';
import type { StoreCapabilities } from './backup-store.ts';
import { objectGone } from './object-failures.ts';
import { consistsOf } from './rclone-content.ts';
import { isAbsent } from './rclone-error.ts';
import { runRclone } from './rclone-process.ts';
import { rcloneRemote } from './rclone-remote.ts';
import type { RcloneRemote } from './rclone-remote.ts';
import { uploadsFolder } from './rclone-uploads.ts';
import { assertVersion } from './rclone-version.ts';

const content = Buffer.from('etcd-backup\n');
const sha256 = createHash('sha256').update(content).digest('hex');
const parts = [{ number: 1, sizeBytes: content.length, sha256 }];

/**
 * Tries on a small file below `.uploads` what every backup will need: to list, to write, to give another name, to read, and to
 * remove; it is gone afterwards.
 *
 * @throws `StoreRefused`, not retryable, when no file can be given another name there
 * @throws `StoreUnavailable`, retryable, when rclone is missing or too old, or the place is not there
 */
export async function probeRemote(remote: RcloneRemote): Promise<StoreCapabilities> {
  await assertVersion(remote);
  await assertThere(remote);
  await assertNaming(remote);
  const folder = `${uploadsFolder}/probe-${randomUUID()}`;
  const [first, second] = [`${folder}/first`, `${folder}/second`];
  try {
    await remote.write(first, content.length, [content]);
    await remote.move(first, second);
    if ((await remote.stat(first)) !== undefined) throw unnamed(remote);
    if ((await remote.stat(second)) === undefined) throw objectGone(remote.options, second);
    if (!(await consistsOf(remote.read(second), parts))) throw damaged(remote);
  } finally {
    // Also when the worker is told to stop: nobody else would remove it soon.
    const { options, signal } = remote;
    const left = signal.aborted ? rcloneRemote(options, AbortSignal.timeout(10_000)) : remote;
    await left.removeFolder(folder);
  }
  // Whoever has a client of the remote can replace and damage what is there: names and parts are looked at, never enforced.
  return { createOnly: false, checksumsEnforced: false, presignPart: false, listUploads: true };
}

/** The place itself is never made: what is not mounted, or misspelt, must not become a new one. */
async function assertThere({ options, signal }: RcloneRemote): Promise<void> {
  const { name, remote } = options;
  try {
    await runRclone(options, ['lsjson', remote, '--no-modtime', '--no-mimetype'], { signal });
  } catch (error) {
    if (!isAbsent(error)) throw error;
    throw failure('StoreUnavailable', {
      observed: `remote ${remote}: not there`,
      where: { store: name },
      nextStep: `Make it, or correct its path: rclone mkdir ${remote}; a live run goes on by itself then.`,
    });
  }
}

const featuresSchema = z.object({
  Features: z.object({ Move: z.boolean().default(false), Copy: z.boolean().default(false) }),
});

/** @see https://rclone.org/overview/#optional-features */
async function assertNaming(remote: RcloneRemote): Promise<void> {
  const { options, signal } = remote;
  const text = await runRclone(options, ['backend', 'features', options.remote], { signal });
  const { Features } = featuresSchema.parse(JSON.parse(text));
  if (!Features.Move && !Features.Copy) throw unnamed(remote);
}

function unnamed({ options }: RcloneRemote): Error {
  return failure('StoreRefused', {
    observed: `remote ${options.remote}: no file can be given another name there, expected Move or Copy`,
    where: { store: options.name },
    nextStep:
      'Use a remote whose backend has Move or Copy: without it nobody could tell a whole object from a part of one.',
  });
}

function damaged({ options }: RcloneRemote): Error {
  return failure('ChecksumMismatch', {
    observed: `remote ${options.remote}: other bytes were read back than were written`,
    where: { store: options.name },
  });
}
