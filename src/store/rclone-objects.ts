import type { StoredObject } from './backup-store.ts';
import { keyPattern } from './layout.ts';
import { unreadable } from './object-failures.ts';
import { isAbsent } from './rclone-error.ts';
import type { RcloneRemote } from './rclone-remote.ts';
import { uploadsFolder } from './rclone-uploads.ts';

/** The object at a key, or `undefined`. */
export async function statObject(
  remote: RcloneRemote,
  key: string,
): Promise<StoredObject | undefined> {
  const found = await remote.stat(key);
  return found && { key, sizeBytes: found.sizeBytes };
}

/** The objects whose key begins with `prefix`, in order of key. Whatever is no key of ours is passed over. */
export async function findObjects(
  remote: RcloneRemote,
  prefix: string,
): Promise<readonly StoredObject[]> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const files = await remote.list(folder, folder === '' ? { but: uploadsFolder } : {});
  return files
    .map(({ path, sizeBytes }) => ({ key: folder + path, sizeBytes }))
    .filter(({ key }) => keyPattern.test(key) && key.startsWith(prefix));
}

/** The bytes of the object at a key, as they come from one process of rclone; or fails. */
export async function* streamObject(
  remote: RcloneRemote,
  key: string,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* remote.read(key);
  } catch (error) {
    throw isAbsent(error) ? unreadable(remote.options, key, 'not there') : error;
  }
}

/** Fills `buffer` from the object at a key, or fails. */
export async function readObject(
  remote: RcloneRemote,
  key: string,
  { offset, buffer }: { readonly offset: number; readonly buffer: Uint8Array },
): Promise<void> {
  if (buffer.length === 0) {
    if ((await remote.stat(key)) === undefined) throw unreadable(remote.options, key, 'not there');
    return;
  }
  let done = 0;
  try {
    for await (const chunk of remote.read(key, { offset, sizeBytes: buffer.length })) {
      if (done + chunk.length > buffer.length) {
        throw unreadable(remote.options, key, 'more bytes came than were asked for');
      }
      buffer.set(chunk, done);
      done += chunk.length;
    }
  } catch (error) {
    if (isAbsent(error)) throw unreadable(remote.options, key, 'not there');
    throw error;
  }
  if (done === buffer.length) return;
  const wanted = offset + buffer.length;
  throw unreadable(
    remote.options,
    key,
    `${done} bytes from byte ${offset} on, expected ${wanted} bytes or more in it`,
  );
}
