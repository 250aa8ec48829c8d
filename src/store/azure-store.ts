import { azureContainer } from './azure-container.ts';
import type { AzureContainer } from './azure-container.ts';
import { commitUpload } from './azure-commit.ts';
import { createObject } from './azure-create.ts';
import { withAzureFailures } from './azure-failures.ts';
import { listUploads } from './azure-list-uploads.ts';
import { headBlob, listObjects, readObject } from './azure-objects.ts';
import type { AzureStoreOptions } from './azure-options.ts';
import { putPart } from './azure-parts.ts';
import { probeContainer } from './azure-probe.ts';
import { assertImmutable, lockIn } from './azure-protection.ts';
import { beginUpload, giveUp, uploadOf } from './azure-uploads.ts';
import type { BackupStore } from './backup-store.ts';
import { assertKey, assertPrefix } from './layout.ts';
import { assertBytes, assertPart, assertPartList, assertSizes } from './upload-checks.ts';

/**
 * A store in a container of Azure Blob Storage. Every part is a block, and the ids of the blocks are all that an upload is known
 * by. Opens no connection until it is used; never deletes a blob. Keys begin with the store's prefix.
 *
 * Nothing is kept in the container but backups, unfinished uploads and one object `.probe`. The blocks of an upload that was given
 * up are gone a week after the last of them.
 */
export function createAzureStore(options: AzureStoreOptions): BackupStore {
  const { name } = options;
  const open = azureContainer(options);

  /** One call: keeps the order of its checks and the language of its failures. */
  const inContainer = <T>(
    action: string,
    signal: AbortSignal,
    work: (container: AzureContainer) => Promise<T>,
  ): Promise<T> => withAzureFailures(options, action, signal, async () => await work(await open()));

  return {
    name,

    capabilities: (signal) =>
      inContainer('proving', signal, (container) => probeContainer(container, signal)),

    begin: async (upload, signal) => {
      assertKey(upload.key);
      assertSizes(upload);
      return await inContainer(`beginning ${upload.key}`, signal, (container) =>
        beginUpload(container, upload, signal),
      );
    },

    putPart: async (session, part, bytes, signal) => {
      assertKey(session.key);
      assertPart(session, part);
      assertBytes(session, part, bytes);
      await inContainer(`writing part ${part.number} of ${session.key}`, signal, (container) =>
        putPart(container, session, part, bytes, signal),
      );
    },

    listParts: async (session, signal) => {
      assertKey(session.key);
      return await inContainer(`listing parts of ${session.key}`, signal, async (container) => {
        const { parts = [] } = (await uploadOf(container, session, signal)) ?? {};
        return parts.map(({ number, sizeBytes, sha256 }) => ({ number, sizeBytes, sha256 }));
      });
    },

    commit: async (session, parts, signal) => {
      assertKey(session.key);
      assertPartList(session, parts);
      await inContainer(`committing ${session.key}`, signal, (container) =>
        commitUpload({ container, session, parts, signal }),
      );
    },

    abort: async (upload, signal) => {
      assertKey(upload.key);
      await inContainer(`giving up ${upload.key}`, signal, (container) =>
        giveUp(container, upload, signal),
      );
    },

    listUploads: async (prefix, signal) => {
      assertPrefix(prefix);
      return await inContainer('listing uploads', signal, (container) =>
        listUploads(container, prefix, signal),
      );
    },

    create: async (key, bytes, signal) => {
      assertKey(key);
      await inContainer(`creating ${key}`, signal, (container) =>
        createObject(container, key, bytes, signal),
      );
    },

    stat: async (key, signal) => {
      assertKey(key);
      return await inContainer(`looking at ${key}`, signal, async (container) => {
        const head = await headBlob(container, key, signal);
        return head && { key, sizeBytes: head.contentLength ?? 0 };
      });
    },

    lockOf: async (key, signal) => {
      assertKey(key);
      return await inContainer(`looking at ${key}`, signal, async (container) => {
        const head = await headBlob(container, key, signal);
        if (head === undefined) return undefined;
        assertImmutable(options, key, head);
        return lockIn(head);
      });
    },

    read: async (key, offset, buffer, signal) => {
      assertKey(key);
      await inContainer(`reading ${key}`, signal, (container) =>
        readObject(container, key, { offset, buffer }, signal),
      );
    },

    list: async (prefix, signal) => {
      assertPrefix(prefix);
      return await inContainer('listing', signal, (container) =>
        listObjects(container, prefix, signal),
      );
    },
  };
}
