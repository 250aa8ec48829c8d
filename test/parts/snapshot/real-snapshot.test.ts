import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { fillEtcd } from '../../../demo/fill-etcd.ts';
import { checkMeta } from '../../../src/snapshot/meta.ts';
import { judgeStatus, parseSnapshotStatus } from '../../../src/snapshot/status.ts';
import { startEtcd } from '../../../src/testing/index.ts';
import { inspectFile } from '../../../src/transfer/inspect-file.ts';
import { toolPath } from '../../../tools/paths.mjs';
import { sourceOf } from '../../snapshot/synthetic-snapshot.ts';
import { createLocalShell } from '../../transfer/local-shell.ts';

const { signal } = new AbortController();
const run = promisify(execFile);

describe('a snapshot that a real etcd streamed', () => {
  let directory: string;
  let path: string;
  let database: string;
  let snapshot: Buffer;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'etcd-backup-snapshot-'));
    path = join(directory, 'snapshot.db');
    database = join(directory, 'live.db');
    const etcd = await startEtcd({ etcd: toolPath('etcd') });
    try {
      await fillEtcd(etcd.endpoint, 1200);
      await run(toolPath('etcdctl'), ['--endpoints', etcd.endpoint, 'snapshot', 'save', path]);
      await writeFile(database, await readFile(join(etcd.dataDirectory, 'member/snap/db')));
    } finally {
      await etcd.close();
    }
    snapshot = await readFile(path);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const inspect = (file: string) =>
    inspectFile({
      shell: createLocalShell(),
      kind: 'snapshot',
      path: file,
      takeDirectory: directory,
      partSizeBytes: 100_000,
      digestTool: 'sha256sum',
      signal,
    });
  const altered = async (name: string, bytes: Buffer) => {
    const file = join(directory, name);
    await writeFile(file, bytes);
    return file;
  };

  test('has a sound shape, and the copy of a live database has not', async () => {
    expect(await checkMeta(sourceOf(snapshot), signal)).toMatchObject({ outcome: 'passed' });
    const live = await readFile(database);
    expect(await checkMeta(sourceOf(live), signal)).toMatchObject({ outcome: 'failed' });
  });

  test('ends with the digest that etcd computed', async () => {
    const { file, verification } = await inspect(path);
    expect(file.sizeBytes).toBe(snapshot.length);
    expect(verification).toMatchObject([{ level: 'origin', outcome: 'passed' }]);
  });

  const flipped = (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    copy[copy.length >> 1]! ^= 1;
    return copy;
  };

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['with one flipped bit', flipped],
    ['cut short by a page', (bytes) => bytes.subarray(0, -4096)],
    ['without its last 32 bytes', (bytes) => bytes.subarray(0, -32)],
    ['of nothing', () => Buffer.alloc(0)],
  ])('%s is no longer what etcd streamed', async (name, alter) => {
    const { verification } = await inspect(await altered(name, alter(snapshot)));
    expect(verification).toMatchObject([{ level: 'origin', outcome: 'failed' }]);
  });

  test('fits the status that etcdutl prints of it, and no file of another size', async () => {
    const argv = ['snapshot', 'status', path, '--write-out=json'];
    const { stdout } = await run(toolPath('etcdutl'), argv);
    const status = parseSnapshotStatus(stdout);
    expect(status).toMatchObject({ totalKey: 1200, version: expect.stringMatching(/^3\.6\./) });
    expect(judgeStatus(status!, snapshot.length)).toMatchObject({ outcome: 'passed' });
    expect(judgeStatus(status!, snapshot.length - 4096)).toMatchObject({ outcome: 'failed' });
  });
});
