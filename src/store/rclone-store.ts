import type { BackupStore } from './backup-store.ts';
import { assertKey, assertPrefix } from './layout.ts';
import { commitUpload } from './rclone-commit.ts';
import { createObject } from './rclone-create.ts';
import { withRcloneFailures } from './rclone-failures.ts';
import { findObjects, readObject, statObject, streamObject } from './rclone-objects.ts';
import type { RcloneStoreOptions } from './rclone-options.ts';
import { probeRemote } from './rclone-probe.ts';
import { rcloneRemote } from './rclone-remote.ts';
import type { RcloneRemote } from './rclone-remote.ts';
import { beginUpload, findUploads, giveUp, putPart, storedParts } from './rclone-uploads.ts';
import { assertBytes, assertPart, assertPartList, assertSizes } from './upload-checks.ts';
import { assertSession, assertUploadId } from './upload-id.ts';

/**
 * A store on a remote of rclone, for whatever has no adapter of its own. Every call runs the worker's `rclone`, a process or a
 * few, and touches nothing before. Never changes an object, and deletes only what is below `.uploads`: unfinished uploads,
 * whose parts are files of their own until the commit joins them.
 *
 * A remote cannot refuse what others write. Names are looked at before they are given, workers of ours heed each other, and every
 * object is read back before it has its name.
 */
export function createRcloneStore(options: RcloneStoreOptions): BackupStore {
  const { name } = options;

  /** One call: keeps the order of its checks and the language of its failures. */
  const onRemote = <T>(
    action: string,
    signal: AbortSignal,
    work: (remote: RcloneRemote) => Promise<T>,
  ): Promise<T> =>
    withRcloneFailures(options, action, signal, () => work(rcloneRemote(options, signal)));

  return {
    name,

    capabilities: (signal) => onRemote('proving', signal, probeRemote),

    begin: async (upload, signal) => {
      assertKey(upload.key);
      assertSizes(upload);
      return await onRemote(`beginning ${upload.key}`, signal, (remote) =>
        beginUpload(remote, upload),
      );
    },

    putPart: async (session, part, bytes, signal) => {
      assertSession(session);
      assertPart(session, part);
      assertBytes(session, part, bytes);
      await onRemote(`writing part ${part.number} of ${session.key}`, signal, (remote) =>
        putPart(remote, session, part, bytes),
      );
    },

    listParts: async (session, signal) => {
      assertSession(session);
      return await onRemote(`listing parts of ${session.key}`, signal, async (remote) => {
        const stored = (await storedParts(remote, session)) ?? [];
        const found = new Map(stored.map((part) => [part.number, part]));
        return [...found.values()].map(({ number, sizeBytes, sha256 }) => {
          return { number, sizeBytes, sha256 };
        });
      });
    },

    commit: async (session, parts, signal, onProgress) => {
      assertSession(session);
      assertPartList(session, parts);
      await onRemote(`committing ${session.key}`, signal, (remote) =>
        commitUpload({ remote, session, parts, onProgress }),
      );
    },

    abort: async (upload, signal) => {
      assertUploadId(upload);
      await onRemote(`giving up ${upload.key}`, signal, (remote) => giveUp(remote, upload));
    },

    listUploads: async (prefix, signal) => {
      assertPrefix(prefix);
      return await onRemote('listing uploads', signal, async (remote) => {
        const uploads = await findUploads(remote);
        return uploads.filter(({ key }) => key.startsWith(prefix));
      });
    },

    create: async (key, bytes, signal) => {
      assertKey(key);
      await onRemote(`creating ${key}`, signal, (remote) => createObject(remote, key, bytes));
    },

    stat: async (key, signal) => {
      assertKey(key);
      return await onRemote(`looking at ${key}`, signal, (remote) => statObject(remote, key));
    },

    read: async (key, offset, buffer, signal) => {
      assertKey(key);
      await onRemote(`reading ${key}`, signal, (remote) =>
        readObject(remote, key, { offset, buffer }),
      );
    },

    readAll: async function* (key, signal) {
      assertKey(key);
      const chunks = streamObject(rcloneRemote(options, signal), key);
      const next = () => withRcloneFailures(options, `reading ${key}`, signal, () => chunks.next());
      try {
        for (let one = await next(); one.done !== true; one = await next()) yield one.value;
      } finally {
        await chunks.return();
      }
    },

    list: async (prefix, signal) => {
      assertPrefix(prefix);
      return await onRemote('listing', signal, (remote) => findObjects(remote, prefix));
    },
  };
}
