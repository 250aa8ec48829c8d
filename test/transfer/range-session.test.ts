import { rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import type { BackupFile } from '../../src/contracts/files.ts';
import { checkMeta } from '../../src/snapshot/meta.ts';
import { inspectFile } from '../../src/transfer/inspect-file.ts';
import { openRangeSession } from '../../src/transfer/range-session.ts';
import { contentOf } from '../store/content.ts';
import { syntheticSnapshot } from '../snapshot/synthetic-snapshot.ts';
import { createLocalShell, withFaults } from './local-shell.ts';
import { useNodeDirectory } from './node-directory.ts';

const { signal } = new AbortController();

describe('a file that is open on the node', () => {
  const node = useNodeDirectory();
  const shell = createLocalShell();
  const content = contentOf('range', 300_000);
  let path: string;
  let file: BackupFile;

  const inspect = async (bytes: Buffer) => {
    path = join(node.path, 'snapshot_1.db');
    await writeFile(path, bytes);
    const inspected = await inspectFile({
      shell,
      kind: 'snapshot',
      path,
      takeDirectory: node.path,
      partSizeBytes: 100_000,
      digestTool: 'sha256sum',
      signal,
    });
    file = inspected.file;
  };
  beforeEach(() => inspect(content));

  test('gives exactly the asked bytes, in any order', async () => {
    const session = await openRangeSession(shell, file, signal);
    for (const [offset, length] of [
      [299_999, 1],
      [0, 300_000],
      [65_535, 3],
      [123_457, 100_000],
      [17, 0],
    ] as const) {
      const buffer = Buffer.alloc(length);
      await session.read(offset, buffer);
      expect(buffer.equals(content.subarray(offset, offset + length))).toBe(true);
    }
    await session.close();
    await session.close();
  });

  test('is a source for the check of its shape', async () => {
    await inspect(syntheticSnapshot());
    const session = await openRangeSession(shell, file, signal);
    expect(await checkMeta(session, signal)).toMatchObject({ outcome: 'passed' });
    await session.close();
  });

  test.each<[string, () => Promise<void>]>([
    ['gone', () => rm(path)],
    ['longer', () => writeFile(path, 'x', { flag: 'a' })],
    [
      'another one of the same bytes',
      async () => {
        await writeFile(`${path}.new`, content);
        await rename(`${path}.new`, path);
      },
    ],
    ['written again', () => writeFile(path, content)],
  ])('is not opened when it is %s', async (_, change) => {
    await change();
    const opened = openRangeSession(shell, file, signal);
    await expect(opened).rejects.toMatchObject({ type: 'FileChanged', nonRetryable: true });
  });

  test('ends its session when it changes meanwhile', async () => {
    const session = await openRangeSession(shell, file, signal);
    await session.read(0, Buffer.alloc(1000));
    await truncate(path, 1000);
    const unreachable = { type: 'NodeUnreachable', nonRetryable: false };
    await expect(session.read(500, Buffer.alloc(1000))).rejects.toMatchObject(unreachable);
  });

  test('can be opened again after the connection was lost', async () => {
    const cut = withFaults(shell, [{ cutAt: 128 + 5000 }]);
    const session = await openRangeSession(cut, file, signal);
    const buffer = Buffer.alloc(10_000);
    await expect(session.read(0, buffer)).rejects.toMatchObject({ type: 'NodeUnreachable' });
    const again = await openRangeSession(cut, file, signal);
    await again.read(0, buffer);
    expect(buffer.equals(content.subarray(0, 10_000))).toBe(true);
    await again.close();
  });
});
