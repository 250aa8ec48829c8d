import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { BackupFile } from '../../src/contracts/files.ts';
import type { BackupStore } from '../../src/store/backup-store.ts';
import { objectDigest } from '../../src/store/object-digest.ts';
import { createS3Store } from '../../src/store/s3-store.ts';
import { waitUntil } from '../../src/testing/wait-until.ts';
import { inspectFile } from '../../src/transfer/inspect-file.ts';
import { uploadDirect } from '../../src/transfer/upload-direct.ts';
import { contentOf, sha256Of } from '../store/content.ts';
import { startVersitygw } from '../store/start-versitygw.ts';
import type { RunningVersitygw } from '../store/start-versitygw.ts';
import { signal } from '../store/store-bench.ts';
import { startForwardProxy } from '../transfer/forward-proxy.ts';
import { createLocalShell } from '../transfer/local-shell.ts';
import { useNodeDirectory } from '../transfer/node-directory.ts';
import { startStorageGate } from './storage-gate.ts';
import type { StorageGate } from './storage-gate.ts';

const partSizeBytes = 5 * 1024 ** 2;
const content = contentOf('direct', 3 * partSizeBytes + 1000);
const key = 'prod/a/snapshot_1.db';

describe('versitygw, to which the node sends over TLS,', () => {
  const node = useNodeDirectory();
  const shell = createLocalShell();
  let storage: RunningVersitygw;
  let gate: StorageGate;
  let runs = 0;
  beforeAll(async () => {
    storage = await startVersitygw();
    gate = await startStorageGate(storage.endpoint);
  });
  afterAll(async () => {
    await gate?.[Symbol.asyncDispose]();
    await storage?.close();
  });
  beforeEach(async () => {
    gate.parts.splice(0);
    runs += 1;
    await storage.makeBucket(`backups-${runs}`);
  });

  const open = () =>
    createS3Store({
      name: 'primary',
      bucket: `backups-${runs}`,
      region: storage.region,
      endpoint: gate.endpoint,
      caFile: gate.caFile,
      pathStyle: true,
      credentials: { file: storage.credentialsFile },
    });
  const path = () => join(node.path, 'snapshot_1.db');
  const inspect = async (): Promise<BackupFile> => {
    await writeFile(path(), content);
    const { file } = await inspectFile({
      shell,
      kind: 'snapshot',
      path: path(),
      takeDirectory: node.path,
      partSizeBytes,
      digestTool: 'sha256sum',
      signal,
    });
    return file;
  };
  const send = async (file: BackupFile, store: BackupStore) => {
    let relayed: string | undefined;
    await uploadDirect({
      shell,
      store,
      file,
      key,
      takeDirectory: node.path,
      environment: join(node.path, 'environment'),
      signal,
      noProgressMs: 60_000,
      retryDelayMs: 1,
      onRelay: (reason) => {
        relayed = reason;
      },
    });
    return relayed;
  };
  const digest = async () =>
    await objectDigest(open(), { key, sizeBytes: content.length }, { signal });
  const sent = () =>
    gate.parts.filter(({ path }) => path.endsWith(key)).map(({ sender }) => sender);

  test('gets every part from it, its authority given over stdin, through the proxy of the take', async () => {
    await using proxy = await startForwardProxy();
    await writeFile(join(node.path, 'environment'), `https_proxy='${proxy.url}'\n`);
    expect(await send(await inspect(), open())).toBeUndefined();
    expect(await digest()).toBe(sha256Of(content));
    expect(sent()).toEqual(['node', 'node', 'node', 'node']);
    expect(proxy.seen).toEqual(Array.from({ length: 4 }, () => gate.endpoint));
  });

  test('that the node does not trust gets the file from the worker', async () => {
    const store = open();
    const doubted = {
      ...store,
      directEndpoint: async () => ({ url: gate.endpoint }),
    };
    expect(await send(await inspect(), doubted)).toContain('ended with 60');
    expect(await digest()).toBe(sha256Of(content));
  });

  test('refuses a request that has expired, and takes the part when it is signed anew', async () => {
    const store = open();
    let signatures = 0;
    const hasty: BackupStore = {
      ...store,
      presignPart: async (session, part, options) => {
        signatures += 1;
        if (signatures > 1) return await store.presignPart!(session, part, options);
        const expiresInSeconds = 1;
        const request = await store.presignPart!(session, part, { ...options, expiresInSeconds });
        const expired = Date.now() + 2000;
        await waitUntil('expiry', () => (Date.now() > expired ? true : undefined));
        return request;
      },
    };
    expect(await send(await inspect(), hasty)).toBeUndefined();
    expect(await digest()).toBe(sha256Of(content));
    expect(signatures).toBe(5);
  });

  test('never has other bytes than those that were inspected', async () => {
    const file = await inspect();
    const run = promisify(execFile);
    await run('cp', ['-p', path(), `${path()}.old`]);
    const other = Buffer.from(content);
    other[partSizeBytes + 5]! ^= 1;
    await writeFile(path(), other);
    await run('touch', ['-r', `${path()}.old`, path()]);
    await expect(send(file, open())).rejects.toMatchObject({ type: 'ChecksumMismatch' });
    expect(await open().stat(key, signal)).toBeUndefined();
  });
});
