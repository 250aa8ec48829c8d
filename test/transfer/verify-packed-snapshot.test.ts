import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { inspectFile } from '../../src/transfer/inspect-file.ts';
import { verifyPackedSnapshot } from '../../src/transfer/verify-packed-snapshot.ts';
import type { SnapshotShape } from '../snapshot/synthetic-snapshot.ts';
import { syntheticSnapshot } from '../snapshot/synthetic-snapshot.ts';
import { contentOf } from '../store/content.ts';
import { createLocalShell, withFaults } from './local-shell.ts';
import { useNodeDirectory } from './node-directory.ts';

const { signal } = new AbortController();

describe('a snapshot in a combined file on the node', () => {
  const node = useNodeDirectory();
  const shell = createLocalShell();

  /** Packs it as 4.3.0 did, beside static kube resources. */
  const pack = async (snapshot: Uint8Array, alter = (bytes: Buffer): Uint8Array => bytes) => {
    const root = join(node.path, 'root');
    await mkdir(join(root, 'static-pod-resources'), { recursive: true });
    await writeFile(join(root, 'static-pod-resources', 'key'), contentOf('key', 20_000));
    await writeFile(join(root, 'snapshot.db'), snapshot);
    const path = join(node.path, 'snapshot_db_kuberesources_1.tar.gz');
    execFileSync('tar', ['-czf', path, '-C', root, 'static-pod-resources', 'snapshot.db']);
    await writeFile(path, alter(await readFile(path)));
    const { file } = await inspectFile({
      shell,
      kind: 'combined',
      path,
      takeDirectory: node.path,
      partSizeBytes: 8 * 1024 * 1024,
      digestTool: 'openssl',
      signal,
    });
    return file;
  };
  const verify = async (
    file: Awaited<ReturnType<typeof pack>>,
    { digestTool = 'openssl' as const, entry = 'snapshot.db', over = shell } = {},
  ) => await verifyPackedSnapshot({ shell: over, file, entry, digestTool, signal });

  test.each<[string, SnapshotShape]>([
    ['a small one', {}],
    ['one of many pages', { pages: 500 }],
    ['one with pages of 64 KiB', { pageSize: 65_536 }],
    ['one of IBM Z', { bigEndian: true }],
  ])('is proven whole where it lies: %s', async (_, shape) => {
    const file = await pack(syntheticSnapshot(shape));
    const passed = [
      { level: 'origin', outcome: 'passed' },
      { level: 'shape', outcome: 'passed' },
    ];
    expect(await verify(file)).toMatchObject(passed);
  });

  const flipped = (at: number) => {
    const bytes = syntheticSnapshot();
    bytes[at]! ^= 1;
    return bytes;
  };

  test.each<[string, Buffer, ('passed' | 'failed')[]]>([
    ['with a flipped bit in a page', flipped(20_000), ['failed', 'passed']],
    ['with a flipped bit in a meta page', flipped(32), ['failed', 'failed']],
    ['with a flipped bit in what etcd appended', flipped(32_790), ['failed', 'passed']],
    ['cut short', syntheticSnapshot().subarray(0, 20_000), ['failed', 'failed']],
    ['without its trailer', syntheticSnapshot({ trailer: false }), ['failed', 'failed']],
    [
      'with bytes after it',
      Buffer.concat([syntheticSnapshot(), Buffer.alloc(512)]),
      ['failed', 'failed'],
    ],
    ['of nothing', Buffer.alloc(0), ['failed', 'failed']],
    ['that is none', contentOf('none', 8192 + 32), ['failed', 'failed']],
  ])('is refused: one %s', async (_, snapshot, outcomes) => {
    const verification = await verify(await pack(snapshot));
    expect(verification.map(({ level }) => level)).toEqual(['origin', 'shape']);
    expect(verification.map(({ outcome }) => outcome)).toEqual(outcomes);
  });

  test.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['cut short', (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ['that is none', () => contentOf('none', 5000)],
  ])('is refused when the file is one %s', async (_, alter) => {
    const file = await pack(syntheticSnapshot({ pages: 500 }), alter);
    const verification = await verify(file);
    expect(verification.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
  });

  test('is refused when it is not there', async () => {
    const verification = await verify(await pack(syntheticSnapshot()), { entry: './snapshot.db' });
    expect(verification.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
  });

  test('fails for good when the file changed since it was inspected', async () => {
    const file = await pack(syntheticSnapshot());
    await appendFile(file.path, 'x');
    await expect(verify(file)).rejects.toMatchObject({ type: 'FileChanged', nonRetryable: true });
  });

  test('can be tried again when the connection is lost', async () => {
    const file = await pack(syntheticSnapshot());
    for (const cutAt of [0, 130, 400]) {
      const over = withFaults(shell, [{ cutAt }]);
      await expect(verify(file, { over })).rejects.toMatchObject({
        type: 'NodeUnreachable',
        nonRetryable: false,
      });
    }
  });
});
