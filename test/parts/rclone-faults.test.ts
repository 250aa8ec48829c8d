import { chmod, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import type { BackupStore, UploadSession } from '../../src/store/backup-store.ts';
import { objectDigest } from '../../src/store/object-digest.ts';
import { createRcloneStore } from '../../src/store/rclone-store.ts';
import { keyHash } from '../../src/store/upload-id.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { waitUntil } from '../../src/testing/wait-until.ts';
import { toolPath } from '../../tools/paths.mjs';
import { contentOf, partsOf, sha256Of } from '../store/content.ts';
import { putOnPath } from '../store/rclone-on-path.ts';
import type { WrapperHabit } from '../store/rclone-wrapper.ts';
import { startWebdav } from '../store/start-webdav.ts';
import { content, geometry, key, list, parts, signal } from '../store/store-bench.ts';

const program = fileURLToPath(new URL('../store/rclone-wrapper.ts', import.meta.url));

let directory: string;
let store: BackupStore;
beforeEach(async () => {
  directory = await temporaryDirectory('rclone-faults');
  await mkdir(join(directory, 'data'));
  await writeFile(join(directory, 'rclone.conf'), '[disk]\ntype = local\n');
  putOnPath();
  store = createRcloneStore({
    name: 'elsewhere',
    remote: `disk:${directory}/data`,
    configFile: join(directory, 'rclone.conf'),
  });
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const stored = (path: string) => join(directory, 'data', path);
const notes = (name: string) => join(directory, name);

/** From now on another program stands there as `rclone`, which runs the real one. */
const wrap = async (habit: WrapperHabit) => {
  const [path, bin] = [process.env['PATH'], await temporaryDirectory('bin')];
  const argv = [process.execPath, program, habit, directory, toolPath('rclone')];
  const script = `#!/bin/sh\nexec ${argv.map((each) => `'${each}'`).join(' ')} "$@"\n`;
  await writeFile(join(bin, 'rclone'), script);
  await chmod(join(bin, 'rclone'), 0o755);
  putOnPath(bin);
  const unwrap = () => (process.env['PATH'] = path);
  onTestFinished(async () => {
    unwrap();
    await rm(bin, { recursive: true });
  });
  return unwrap;
};

const fill = async (): Promise<UploadSession> => {
  const session = await store.begin({ key, ...geometry }, signal);
  for (const { part, bytes } of parts) await store.putPart(session, part, bytes, signal);
  return session;
};
const mismatch = { type: 'ChecksumMismatch', nonRetryable: false };

describe('an object', () => {
  test('that is stored with one bit wrong never gets its name', async () => {
    const session = await fill();
    const unwrap = await wrap('damagesDrafts');
    await expect(store.commit(session, list, signal)).rejects.toMatchObject(mismatch);
    const created = store.create('prod/a/manifest.json', Buffer.from('{}'), signal);
    await expect(created).rejects.toMatchObject(mismatch);
    unwrap();
    expect(await store.list('', signal)).toEqual([]);
    await store.commit(session, list, signal);
    expect(sha256Of(await readFile(stored(key)))).toBe(sha256Of(content));
  });

  test('of a part that is stored with one bit wrong is not made; that part is sent again', async () => {
    const unwrap = await wrap('damagesParts');
    const session = await fill();
    unwrap();
    await expect(store.commit(session, list, signal)).rejects.toMatchObject(mismatch);
    expect(await store.list('', signal)).toEqual([]);
    expect(await store.listParts(session, signal)).toEqual(list.slice(1));
  });

  test('is not there under its name while it is written', async () => {
    const session = await fill();
    const unwrap = await wrap('pausesDrafts');
    const committed = store.commit(session, list, signal);
    await waitUntil(
      'half an object',
      () => readFile(notes('paused')).catch(() => undefined),
      120_000,
    );
    unwrap();
    const seen = await store.list('', signal);
    await writeFile(notes('go'), '');
    await committed;
    expect(seen).toEqual([]);
    expect(sha256Of(await readFile(stored(key)))).toBe(sha256Of(content));
  });

  test('never takes the place of one that came while it was written', async () => {
    const session = await fill();
    const unwrap = await wrap('pausesDrafts');
    const committed = store.commit(session, list, signal).catch((error: unknown) => error);
    await waitUntil(
      'half an object',
      () => readFile(notes('paused')).catch(() => undefined),
      120_000,
    );
    unwrap();
    await mkdir(join(stored(key), '..'), { recursive: true });
    await writeFile(stored(key), 'mine');
    await writeFile(notes('go'), '');
    expect(await committed).toMatchObject({ type: 'StoreRefused', nonRetryable: true });
    expect(await readFile(stored(key), 'utf8')).toBe('mine');
  });

  test.each(['0', 'f'])(
    'waits for a worker that is about to give its name to other bytes (digest %s…)',
    async (digit) => {
      const own = 'prod/a/manifest.json';
      const drafts = stored(`.uploads/${keyHash(own)}`);
      const other = `${digit.repeat(64)}-8d7bd5a1-2a4e-4a86-8b5f-0e3d7a1c9b55`;
      await mkdir(drafts, { recursive: true });
      await writeFile(join(drafts, other), 'other');
      const created = store.create(own, Buffer.from('{}'), signal);
      await expect(created).rejects.toMatchObject({
        type: 'StoreUnavailable',
        nonRetryable: false,
      });
      expect(await store.list('', signal)).toEqual([]);
      expect(await readdir(drafts)).toEqual([other]);
    },
  );

  test('moves with no more of it in memory than a few chunks, however slow the way out is', async () => {
    const large = { sizeBytes: 32 * 1024 ** 2, partSizeBytes: 8 * 1024 ** 2 };
    const bytes = contentOf('large', large.sizeBytes);
    const session = await store.begin({ key, ...large }, signal);
    const cut = partsOf(bytes, large);
    for (const { part, bytes } of cut) await store.putPart(session, part, bytes, signal);
    await wrap('measures');
    const all = cut.map(({ part }) => part);
    await store.commit(session, all, signal);
    expect(Number(await readFile(notes('lead'), 'utf8'))).toBeLessThan(2 * 1024 ** 2);
    expect(sha256Of(await readFile(stored(key)))).toBe(sha256Of(bytes));
  });

  test('shows how far its making is, to the last byte', async () => {
    const session = await fill();
    const progress: number[] = [];
    await store.commit(session, list, signal, (bytesDone) => void progress.push(bytesDone));
    expect(progress.length).toBeGreaterThan(2);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBe(geometry.sizeBytes);
  });

  test('is read as one stream by one program, which ends with its reader', async () => {
    const sizeBytes = 3 * 8 * 1024 ** 2;
    const large = contentOf('large', sizeBytes);
    await mkdir(stored('prod'), { recursive: true });
    await writeFile(stored('prod/large.db'), large);
    await wrap('notesCalls');
    const progress: number[] = [];
    const onProgress = (bytesDone: number) => void progress.push(bytesDone);
    const object = { key: 'prod/large.db', sizeBytes };
    expect(await objectDigest(store, object, { signal, onProgress })).toBe(sha256Of(large));
    expect(progress.at(-1)).toBe(sizeBytes);
    const calls = async () => (await readFile(notes('calls'), 'utf8')).trim().split('\n');
    expect(await calls()).toEqual(['cat']);
    for await (const chunk of store.readAll!(object.key, signal)) {
      expect(chunk.length).toBeLessThan(sizeBytes);
      break;
    }
    expect(await calls()).toEqual(['cat', 'cat']);
  });

  test('that is not there, or whose reader is told to stop, is no stream', async () => {
    const read = async (name: string, stop: AbortSignal) => {
      for await (const _ of store.readAll!(name, stop));
    };
    await expect(read('prod/nothing.db', signal)).rejects.toMatchObject({
      type: 'StoreRefused',
      message: expect.stringContaining('object to be read: not there'),
    });
    const reason = new Error('told to stop');
    await expect(read('prod/nothing.db', AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(read('../a', signal)).rejects.toMatchObject({ type: 'StoreRefused' });
  });
});

describe('a store', () => {
  test('that is told to stop ends the program, and what it was about to store is not there', async () => {
    const session = await store.begin({ key, ...geometry }, signal);
    await wrap('isDeaf');
    const stop = new AbortController();
    const { part, bytes } = parts[0]!;
    const stopped = store
      .putPart(session, part, bytes, stop.signal)
      .catch((error: unknown) => error);
    const pid = await waitUntil(
      'a program',
      async () => Number(await readFile(notes('pid'), 'utf8').catch(() => '')) || undefined,
      120_000,
    );
    const reason = new Error('told to stop');
    stop.abort(reason);
    expect(await stopped).toBe(reason);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('whose place is not there is not made: it may be a disk that is not mounted', async () => {
    await rm(stored(''), { recursive: true });
    await expect(store.capabilities(signal)).rejects.toMatchObject({
      type: 'StoreUnavailable',
      details: [{ nextStep: expect.stringContaining('rclone mkdir') }],
    });
    expect(await readdir(directory)).toEqual(['rclone.conf']);
  });

  test('whose remote nobody described says where to do that', async () => {
    await writeFile(notes('rclone.conf'), '');
    await expect(store.capabilities(signal)).rejects.toMatchObject({
      type: 'StoreUnavailable',
      details: [{ nextStep: expect.stringContaining(notes('rclone.conf')) }],
    });
  });

  test('whose remote keeps nothing from one program to the next is refused', async () => {
    await writeFile(notes('rclone.conf'), '[disk]\ntype = memory\n');
    await expect(store.capabilities(signal)).rejects.toMatchObject({
      type: expect.stringMatching(/^Store/),
    });
  });

  test('on a server proves what it gives, and is denied with a wrong password', async () => {
    const server = await startWebdav();
    onTestFinished(() => server.close());
    const { configFile } = server;
    const open = (remote: string) => createRcloneStore({ name: 'elsewhere', remote, configFile });
    expect(await open('dav:').capabilities(signal)).toEqual({
      createOnly: false,
      checksumsEnforced: false,
      presignPart: false,
      listUploads: true,
    });
    expect(await readdir(server.directory, { recursive: true })).toEqual(['.uploads']);
    await expect(open('stranger:').capabilities(signal)).rejects.toMatchObject({
      type: 'StoreDenied',
      nonRetryable: true,
      message: expect.stringContaining('401'),
      details: [{ nextStep: expect.stringContaining('etcd-backup policy elsewhere') }],
    });
  });
});
