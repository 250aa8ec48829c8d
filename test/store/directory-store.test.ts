import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { BackupStore } from '../../src/store/backup-store.ts';
import { openUpload, writePart } from '../../src/store/directory-uploads.ts';
import { backupStoreConformance } from './conformance.ts';
import { openStore } from './open-directory-store.ts';
import { startStoreProcess } from './start-store-process.ts';
import { content, geometry, key, list, parts, signal } from './store-bench.ts';

const module = fileURLToPath(new URL('open-directory-store.ts', import.meta.url));
const makeDirectory = () => mkdtemp(join(tmpdir(), 'etcd-backup-store-'));

backupStoreConformance('a directory on a disk', async () => {
  const location = await makeDirectory();
  return { module, location, close: () => rm(location, { recursive: true }) };
});

describe('a directory store', () => {
  let directory: string;
  let store: BackupStore;

  beforeEach(async () => {
    directory = await makeDirectory();
    store = openStore(directory);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const upload = async () => {
    const session = await store.begin({ key, ...geometry }, signal);
    for (const { part, bytes } of parts) await store.putPart(session, part, bytes, signal);
    return session;
  };
  const modeOf = async (path: string) =>
    ((await stat(join(directory, path))).mode & 0o777).toString(8);

  test('is for its owner alone: files 0600, directories 0700', async () => {
    const session = await upload();
    const before = (await readdir(directory, { recursive: true })).sort();
    const modes = await Promise.all(before.map(modeOf));
    expect(new Set(modes)).toEqual(new Set(['600', '700']));
    await store.commit(session, list, signal);
    expect([await modeOf(key), await modeOf('prod')]).toEqual(['600', '700']);
  });

  test('holds its objects as plain files under their keys, and nothing else once they are committed', async () => {
    await store.commit(await upload(), list, signal);
    await store.create('prod/20260101T000000Z-abc/manifest.json', Buffer.from('{}'), signal);
    expect((await readFile(join(directory, key))).equals(content)).toBe(true);
    expect((await readdir(directory, { recursive: true })).sort()).toEqual([
      '.uploads',
      'prod',
      'prod/20260101T000000Z-abc',
      'prod/20260101T000000Z-abc/manifest.json',
      'prod/20260101T000000Z-abc/snapshot_1.db',
    ]);
  });

  test('that is not there is not made: it may be a file system that is not mounted', async () => {
    const absent = join(directory, 'mnt', 'vault');
    const lost = openStore(absent).create('prod/a', Buffer.from('x'), signal);
    await expect(lost).rejects.toMatchObject({
      type: 'StoreUnavailable',
      nonRetryable: false,
      message: expect.stringContaining(absent),
      details: [{ nextStep: expect.stringContaining('Is it mounted?') }],
    });
    expect(await readdir(directory)).toEqual([]);
  });

  test('that goes away in mid-upload is there again later, with its parts', async () => {
    const session = await upload();
    await rename(directory, `${directory}-away`);
    const lost = store.commit(session, list, signal);
    await expect(lost).rejects.toMatchObject({ type: 'StoreUnavailable', nonRetryable: false });
    await rename(`${directory}-away`, directory);
    await store.commit(session, list, signal);
    expect(await store.stat(key, signal)).toEqual({ key, sizeBytes: geometry.sizeBytes });
  });

  test.each(['prod', 'prod/a', 'prod/a/file'])(
    'never follows a symbolic link out of it (%s)',
    async (linked) => {
      const outside = await makeDirectory();
      await mkdir(join(directory, linked, '..'), { recursive: true });
      await symlink(outside, join(directory, linked));
      const refused = { type: 'StoreRefused', nonRetryable: true };
      const bytes = Buffer.from('x');
      await expect(store.create('prod/a/file', bytes, signal)).rejects.toMatchObject(refused);
      await expect(store.stat('prod/a/file', signal)).rejects.toMatchObject(refused);
      await expect(store.read('prod/a/file', 0, bytes, signal)).rejects.toMatchObject(refused);
      const begun = store.begin({ key: 'prod/a/file', ...geometry }, signal);
      await expect(begun).rejects.toMatchObject(refused);
      expect(await store.list('', signal)).toEqual([]);
      expect(await readdir(outside)).toEqual([]);
      await rm(outside, { recursive: true });
    },
  );

  test('passes over files of others', async () => {
    await mkdir(join(directory, 'lost+found'));
    await mkdir(join(directory, '.snapshot', 'x'), { recursive: true });
    await store.create('prod/a', Buffer.from('x'), signal);
    expect(await store.list('', signal)).toEqual([{ key: 'prod/a', sizeBytes: 1 }]);
  });

  test('shows an upload that somebody abandoned, and gives it up on request', async () => {
    const session = await upload();
    const [found] = await openStore(directory).listUploads('prod/', signal);
    expect(found).toEqual(session);
    await store.abort(found!, signal);
    expect(await readdir(join(directory, '.uploads'))).toEqual([]);
  });

  test('removes what a process left that died while it gave an upload up', async () => {
    const { uploadId } = await upload();
    const uploads = join(directory, '.uploads');
    await rename(join(uploads, uploadId), join(uploads, '.gone-1'));
    expect(await openStore(directory).listUploads('prod/', signal)).toEqual([]);
    expect(await readdir(uploads)).toEqual([]);
  });

  test('refuses an upload session that names another directory', async () => {
    const session = await upload();
    const forged = { ...session, uploadId: '../prod' };
    const refused = { type: 'StoreRefused', nonRetryable: true };
    await expect(store.abort(forged, signal)).rejects.toMatchObject(refused);
    await expect(store.listParts(forged, signal)).rejects.toMatchObject(refused);
  });

  test('counts no part whose writer began before the upload was given up and begun again', async () => {
    const session = await store.begin({ key, ...geometry }, signal);
    const late = await openUpload(directory, session);
    await store.abort(session, signal);
    await store.begin({ key, ...geometry }, signal);
    const { part, bytes } = parts[0]!;
    await writePart(late!, part, bytes, { offset: 0, signal });
    expect(await store.listParts(session, signal)).toEqual([]);
  });
});

const inNamespace = ['unshare', '--user', '--map-root-user', '--mount'];
const canMount = spawnSync(String(inNamespace[0]), [...inNamespace.slice(1), 'true']).status === 0;

/** A store in a file system of its own, which is gone with the process. */
describe.skipIf(!canMount)('a directory store on (needs mount namespaces)', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await makeDirectory();
  });
  afterEach(() => rm(directory, { recursive: true }));

  const startOn = (mount: string) =>
    startStoreProcess({ module, location: directory }, [
      ...inNamespace,
      'sh',
      '-c',
      `directory=$1; shift; ${mount}; exec "$@"`,
      'sh',
      directory,
    ]);
  const create = { call: 'create', key: 'prod/a', seed: 'a', sizeBytes: 100 } as const;

  test('a full disk says how much is free, and can be tried again', async () => {
    await using worker = await startOn('mount -t tmpfs -o size=2m tmpfs "$directory"');
    const upload = { key, sizeBytes: 4_000_000, partSizeBytes: 1_000_000 };
    const begun = await worker.ask({ call: 'begin', upload });
    const session = { ...upload, uploadId: '' };
    Object.assign(session, 'result' in begun ? begun.result : {});
    const put = (number: number) => worker.ask({ call: 'putPart', session, seed: 'x', number });
    const stored: number[] = [];
    const refusals: unknown[] = [];
    for (const number of [1, 2, 3, 4]) {
      const answer = await put(number);
      if (answer.said === 'done') stored.push(number);
      else refusals.push(answer);
    }
    expect(stored).toContain(1);
    expect(refusals).not.toEqual([]);
    for (const refusal of refusals) {
      expect(refusal).toEqual({
        said: 'failed',
        type: 'StoreUnavailable',
        message: expect.stringMatching(/ENOSPC, \d+ bytes free/),
      });
    }
    expect(await worker.ask({ call: 'listParts', session })).toMatchObject({
      result: stored.map((number) => ({ number })),
    });
  });

  test('a disk that is mounted read-only is denied', async () => {
    await using worker = await startOn('mount -t tmpfs -o ro tmpfs "$directory"');
    const denied = {
      said: 'failed',
      type: 'StoreDenied',
      message: expect.stringContaining('EROFS'),
    };
    expect(await worker.ask({ call: 'capabilities' })).toEqual(denied);
    expect(await worker.ask(create)).toEqual(denied);
  });

  test('a directory that belongs to somebody else is denied', async () => {
    // Without capabilities root is nobody special.
    const drop = 'setpriv --bounding-set=-all --inh-caps=-all';
    await using worker = await startOn(
      `mount -t tmpfs -o mode=0500 tmpfs "$directory"; set -- ${drop} "$@"`,
    );
    expect(await worker.ask(create)).toEqual({
      said: 'failed',
      type: 'StoreDenied',
      message: expect.stringContaining('EACCES'),
    });
  });
});
