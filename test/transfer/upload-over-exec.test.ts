import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { debugSession } from '../../src/contracts/debug-session.ts';
import { failureType } from '../../src/contracts/failures.ts';
import type { BackupFile } from '../../src/contracts/files.ts';
import { clusterApi } from '../../src/kubernetes/api.ts';
import type { ExecTiming } from '../../src/kubernetes/exec-socket.ts';
import { debugPodShell } from '../../src/node/debug-pod-shell.ts';
import { ensureDebugPod } from '../../src/node/debug-session.ts';
import type { NodeShell } from '../../src/node/node-shell.ts';
import { createDirectoryStore } from '../../src/store/directory-store.ts';
import { startStandInCluster } from '../../src/testing/index.ts';
import type { ExecFault, StandInCluster } from '../../src/testing/index.ts';
import { inspectFile } from '../../src/transfer/inspect-file.ts';
import { openRangeSession } from '../../src/transfer/range-session.ts';
import { uploadFile } from '../../src/transfer/upload-file.ts';
import { contentOf } from '../store/content.ts';
import { cutSession } from './cut-session.ts';
import { counted } from './local-shell.ts';
import { textOf } from './text-of.ts';

const { signal } = new AbortController();
const key = 'prod/20260101T000000Z-abc/snapshot_1.db';
const path = '/home/core/snapshot_1.db';
const partSizeBytes = 3 * 1024 * 1024;

/** Three parts and a rest; the second does not shrink. */
const content = Buffer.concat([
  textOf('before', partSizeBytes),
  contentOf('noise', partSizeBytes),
  textOf('after', partSizeBytes + 1_000_001),
]);

let cluster: StandInCluster;
let shellWith: (timing?: Partial<ExecTiming>) => NodeShell;
let file: BackupFile;
let directory: string;

beforeAll(async () => {
  cluster = await startStandInCluster();
  const connection = { kubeconfig: { file: cluster.kubeconfigPath } };
  const owner = { run: 'abcdefghijkl', cluster: 'prod-eu', take: 1 };
  const session = debugSession(owner, {
    namespace: cluster.namespace,
    nodeName: 'master-0',
    image: cluster.objects.nodes[0]?.status.images[0]?.names[0] ?? '',
    activeDeadlineSeconds: 3600,
  });
  await ensureDebugPod(clusterApi(connection), session, owner, { signal });
  shellWith = (timing) => debugPodShell(connection, session, timing);
  await cluster.node().writeFile(path, content);
  const inspected = await inspectFile({
    shell: shellWith(),
    kind: 'staticKubeResources',
    path,
    takeDirectory: '/home/core',
    partSizeBytes,
    digestTool: 'sha256sum',
    signal,
  });
  file = inspected.file;
  directory = await mkdtemp(join(tmpdir(), 'etcd-backup-store-'));
});
afterEach(async () => {
  cluster.faults.removeAll();
  await cluster.node().remove('/run/filler');
});
afterAll(async () => {
  await cluster.close();
  await rm(directory, { recursive: true, force: true });
});

const retryable = new Set<string | undefined>(['NodeUnreachable', 'ChecksumMismatch']);

/** Uploads to a new store until that succeeds; an attempt may fail retryably only. Returns what is stored. */
async function upload(lanes: number, shell: NodeShell = shellWith()): Promise<Buffer> {
  const place = await mkdtemp(join(directory, 'store-'));
  const store = createDirectoryStore({ name: 'vault', directory: place });
  for (;;) {
    try {
      const transfer = { lanes, compression: 'auto' } as const;
      const options = { shell, store, file, transfer, key, signal };
      await uploadFile({ ...options, noProgressMs: 120_000, retryDelayMs: 1 });
      expect(await store.listUploads('', signal)).toEqual([]);
      return await readFile(join(place, key));
    } catch (error) {
      if (!retryable.has(failureType(error))) throw error;
    }
  }
}

const fillMemory = async (leaveBytes: number): Promise<void> => {
  const script = 'fallocate -l "$(($(stat -f -c "%a * %S" /run) - $1))" /run/filler';
  const { exitCode } = await shellWith().run(['sh', '-c', script, 'sh', String(leaveBytes)]);
  expect(exitCode).toBe(0);
};
const range = (number: number) => ({
  offset: (number - 1) * 1_000_000,
  expected: content.subarray((number - 1) * 1_000_000, number * 1_000_000),
  buffer: Buffer.alloc(1_000_000),
});

describe('ranges on a node', () => {
  test('are compressed where its memory has room, and have no name there', async () => {
    const session = await openRangeSession(shellWith(), file, signal, 'auto');
    expect(session.isCompressed).toBe(true);
    const { offset, expected, buffer } = range(1);
    const read = session.read(offset, buffer);
    const names = async () => [
      ...(await cluster.node().find('/run')),
      ...(await cluster.node().find('/dev/shm')),
    ];
    expect((await names()).filter((name) => name.includes('etcd-backup'))).toEqual([]);
    await read;
    expect(buffer.equals(expected)).toBe(true);
    await session.close();
  });

  test('travel as they are where there is no room in its memory', async () => {
    await fillMemory(8 * 1024 * 1024);
    const session = await openRangeSession(shellWith(), file, signal, 'auto');
    expect(session.isCompressed).toBe(false);
    await session.close();
  });

  test('travel as they are when its memory is full in the middle', async () => {
    const session = await openRangeSession(shellWith(), file, signal, 'auto');
    expect(session.isCompressed).toBe(true);
    await fillMemory(4096);
    for (const { offset, expected, buffer } of [range(1), range(2)]) {
      await session.read(offset, buffer);
      expect(buffer.equals(expected)).toBe(true);
    }
    await session.close();
  });

  test('leave no process behind when the connection is cut', async () => {
    expect(await cutSession(cluster, shellWith(), file, /snapshot_1\.db/)).toMatchObject({
      wasRunning: true,
      failure: { type: 'NodeUnreachable' },
    });
  });
});

describe('an upload over exec ends with the same bytes', () => {
  test('and moves fewer', async () => {
    const shell = counted(shellWith());
    expect((await upload(2, shell)).equals(content)).toBe(true);
    expect(shell.bytesRead).toBeLessThan(0.75 * content.length);
  });

  // After the first record, and within the first part or the one that does not shrink.
  const places = [0, 130, 100_000, 2_500_000];
  const faults = places.flatMap((afterBytes): ExecFault[] => [
    { fault: 'cut', afterBytes, times: 2 },
    { fault: 'truncate', afterBytes, times: 2 },
    { fault: 'unknownChannel', afterBytes, times: 1 },
    ...(afterBytes < 128
      ? []
      : ([
          { fault: 'corrupt', afterBytes, times: 2 },
          { fault: 'garble', afterBytes, times: 1 },
          { fault: 'overrun', afterBytes, bytes: 200, times: 1 },
        ] as const)),
  ]);
  test.each(faults)('despite $fault after $afterBytes bytes', async (fault) => {
    const struck = cluster.faults.exec({ ...fault, command: /range/ });
    expect((await upload(2)).equals(content)).toBe(true);
    expect(struck.strikes).toBeGreaterThan(0);
  });

  test('despite a connection that goes silent', async () => {
    const stall = cluster.faults.exec({ fault: 'stall', afterBytes: 200_000, times: 1 });
    expect((await upload(1, shellWith({ silenceMs: 3000 }))).equals(content)).toBe(true);
    expect(stall.strikes).toBe(1);
  });

  test.each(Array.from({ length: 8 }, (_, index) => `seed ${index + 1}`))(
    'whatever happens to its connections: %s',
    async (seed) => {
      const random = randomOf(seed);
      const kinds = ['cut', 'cut', 'truncate', 'corrupt', 'garble', 'overrun'] as const;
      for (let count = 0; count < 6; count += 1) {
        const fault = kinds[random(kinds.length)] ?? 'cut';
        const afterBytes = 128 + random(3_000_000);
        cluster.faults.exec({ fault, afterBytes, times: 1, command: /range/ });
      }
      expect((await upload(1 + random(4))).equals(content)).toBe(true);
    },
  );
});

/** Numbers below a limit, the same for the same seed. */
function randomOf(seed: string): (below: number) => number {
  let count = 0;
  return (below) => {
    const digest = createHash('sha256')
      .update(`${seed} ${(count += 1)}`)
      .digest();
    return digest.readUInt32BE(0) % below;
  };
}
