import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { failure } from '../contracts/failures.ts';
import type { BackupStore } from './backup-store.ts';
import { commitUpload, uploadGone } from './directory-commit.ts';
import { withDirectoryFailures } from './directory-failures.ts';
import { createObject, nameTaken, readObject, statObject } from './directory-objects.ts';
import { findObjects, look, openRoot, resolveKey } from './directory-tree.ts';
import {
  beginUpload,
  findUploads,
  giveUp,
  giveUpUploads,
  openUpload,
  partsOf,
  writePart,
} from './directory-uploads.ts';
import { publish, syncDirectory, writeDurably } from './durable-file.ts';
import { assertKey, assertPrefix, partRange } from './layout.ts';
import { assertBytes, assertPart, assertSizes } from './upload-checks.ts';
import { assertSession, assertUploadId, uploadIdOf } from './upload-id.ts';

/** Options of {@link createDirectoryStore}. */
export interface DirectoryStoreOptions {
  /** The store's name in the configuration. */
  readonly name: string;
  /** Absolute. It must exist: on a mounted file system, a directory inside the mount rather than the mount point. */
  readonly directory: string;
}

/**
 * A store in a directory of a file system that has hard links: a local disk or an NFS mount. Touches nothing until it is
 * used, never makes the directory itself, never changes or deletes an object. Files are 0600, directories 0700.
 * Unfinished uploads live in `.uploads` below it. A file system call that hangs cannot be aborted.
 */
export function createDirectoryStore(options: DirectoryStoreOptions): BackupStore {
  const { name } = options;

  /** One call: keeps the order of its checks and the language of its failures. */
  const inRoot = <T>(
    action: string,
    signal: AbortSignal,
    work: (root: string) => Promise<T>,
  ): Promise<T> =>
    withDirectoryFailures(options, action, async () => {
      signal.throwIfAborted();
      return await work(await openRoot(options));
    });

  return {
    name,

    capabilities: (signal) =>
      inRoot('proving', signal, async (root) => {
        await proveWritable(root, signal);
        return {
          createOnly: true,
          checksumsEnforced: true,
          presignPart: false,
          listUploads: true,
        };
      }),

    begin: async (upload, signal) => {
      assertKey(upload.key);
      assertSizes(upload);
      return await inRoot(`beginning ${upload.key}`, signal, async (root) => {
        const taken = (await look(await resolveKey(root, upload.key))) !== undefined;
        await giveUpUploads(root, upload.key, taken ? {} : { except: uploadIdOf(upload) });
        if (taken) throw nameTaken(upload.key);
        return await beginUpload(root, upload, signal);
      });
    },

    putPart: async (session, part, bytes, signal) => {
      assertSession(session);
      assertPart(session, part);
      assertBytes(session, part, bytes);
      await inRoot(`writing part ${part.number} of ${session.key}`, signal, async (root) => {
        const upload = await openUpload(root, session);
        if (upload === undefined) throw uploadGone(session);
        const { offset } = partRange(session, part.number);
        await writePart(upload, part, bytes, { offset, signal });
      });
    },

    listParts: async (session, signal) => {
      assertSession(session);
      return await inRoot(`listing parts of ${session.key}`, signal, async (root) => {
        const upload = await openUpload(root, session);
        return upload === undefined ? [] : await partsOf(upload, signal);
      });
    },

    commit: async (session, parts, signal) => {
      assertSession(session);
      await inRoot(`committing ${session.key}`, signal, (root) =>
        commitUpload(root, session, parts, signal),
      );
    },

    abort: async (upload, signal) => {
      assertUploadId(upload);
      await inRoot(`giving up ${upload.key}`, signal, (root) => giveUp(root, upload.uploadId));
    },

    listUploads: async (prefix, signal) => {
      assertPrefix(prefix);
      return await inRoot('listing uploads', signal, async (root) => {
        const uploads = await findUploads(root, signal);
        return uploads.filter(({ key }) => key.startsWith(prefix));
      });
    },

    create: async (key, bytes, signal) => {
      assertKey(key);
      await inRoot(`creating ${key}`, signal, (root) => createObject(root, key, bytes, signal));
    },

    stat: async (key, signal) => {
      assertKey(key);
      return await inRoot(`looking at ${key}`, signal, (root) => statObject(root, key));
    },

    read: async (key, offset, buffer, signal) => {
      assertKey(key);
      await inRoot(`reading ${key}`, signal, (root) => readObject(root, key, { offset, buffer }));
    },

    list: async (prefix, signal) => {
      assertPrefix(prefix);
      return await inRoot('listing', signal, (root) => findObjects(root, prefix, signal));
    },
  };
}

// Everything that a backup will need of the file system, tried on files that are gone afterwards.
async function proveWritable(root: string, signal: AbortSignal): Promise<void> {
  const probe = join(root, `.probe-${randomUUID()}`);
  const second = `${probe}-name`;
  try {
    await writeDurably(probe, Buffer.from('etcd-backup\n'), { signal, create: true });
    const created = await publish(probe, second);
    if (created && !(await publish(probe, second))) return;
    throw failure('StoreRefused', {
      observed: 'file system: the same name could be created twice, expected it to be taken',
    });
  } finally {
    await rm(second, { force: true });
    await rm(probe, { force: true });
    await syncDirectory(root);
  }
}
