import { spawnSync } from 'node:child_process';
import { readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { NodeShell } from '../../src/node/node-shell.ts';
import { inspectFile } from '../../src/transfer/inspect-file.ts';
import { openRangeSession } from '../../src/transfer/range-session.ts';
import { contentOf } from '../store/content.ts';
import { counted, createLocalShell, withFaults } from './local-shell.ts';
import { useNodeDirectory } from './node-directory.ts';
import { textOf } from './text-of.ts';
import { withTool } from './with-tool.ts';

const { signal } = new AbortController();
const record = 128;
const length = 200_000;
const canCompress =
  spawnSync('zstd', ['--version']).status === 0 &&
  spawnSync('stat', ['-f', '-c', '%T', '/dev/shm']).stdout?.toString() === 'tmpfs\n';

describe.skipIf(!canCompress)('ranges on their way (needs zstd and /dev/shm)', () => {
  const node = useNodeDirectory();
  const text = textOf('ranges', 4 * length);

  const open = async (shell: NodeShell, content: Buffer = text) => {
    const path = join(node.path, 'snapshot_1.db');
    await writeFile(path, content);
    const { file } = await inspectFile({
      shell: createLocalShell(),
      kind: 'staticKubeResources',
      path,
      takeDirectory: node.path,
      partSizeBytes: length,
      digestTool: 'sha256sum',
      signal,
    });
    return await openRangeSession(shell, file, signal, 'auto');
  };
  /** All of the ranges at once, in order. */
  const readAll = async (session: Awaited<ReturnType<typeof open>>): Promise<Buffer> => {
    const bytes = Buffer.alloc(session.sizeBytes);
    const starts = Array.from({ length: session.sizeBytes / length }, (_, index) => index * length);
    await Promise.all(
      starts.map((start) => session.read(start, bytes.subarray(start, start + length))),
    );
    return bytes;
  };

  test('shrink, and arrive as they were', async () => {
    const shell = counted(createLocalShell());
    const session = await open(shell);
    expect(session.isCompressed).toBe(true);
    expect((await readAll(session)).equals(text)).toBe(true);
    expect(shell.bytesRead).toBeLessThan(text.length / 2);
    await session.close();
  });

  test('arrive in the order in which they were asked for', async () => {
    const session = await open(createLocalShell());
    const arrived: number[] = [];
    const ask = async (start: number, bytes: Buffer, number: number) => {
      await session.read(start, bytes);
      expect(bytes.equals(text.subarray(start, start + bytes.length))).toBe(true);
      arrived.push(number);
    };
    await Promise.all([
      ask(length, Buffer.alloc(2 * length), 1),
      ask(7, Buffer.alloc(11), 2),
      ask(0, Buffer.alloc(length), 3),
      ask(17, Buffer.alloc(0), 0),
      ask(3 * length, Buffer.alloc(length), 4),
    ]);
    expect(arrived).toEqual([0, 1, 2, 3, 4]);
    await session.close();
  });

  test('that do not shrink travel as they are', async () => {
    const content = contentOf('noise', 4 * length);
    const shell = counted(createLocalShell());
    const session = await open(shell, content);
    expect((await readAll(session)).equals(content)).toBe(true);
    expect(shell.bytesRead).toBe(record + 4 * (record + length));
    await session.close();
  });

  test('travel as they are when they are asked for so', async () => {
    const shell = counted(createLocalShell());
    const session = await open(shell);
    const bytes = Buffer.alloc(length);
    await session.readPlain(length, bytes);
    expect(bytes.equals(text.subarray(length, 2 * length))).toBe(true);
    expect(shell.bytesRead).toBe(record + record + length);
    await session.close();
  });

  test('travel as they are where zstd cannot be run', async () => {
    const shell = counted(await withTool(node.path, 'zstd', 'exit 127'));
    const session = await open(shell);
    expect(session.isCompressed).toBe(false);
    expect((await readAll(session)).equals(text)).toBe(true);
    expect(shell.bytesRead).toBe(record + 4 * (record + length));
    await session.close();
  });

  test('travel as they are where there is no room in the memory', async () => {
    const real = '[ "$*" = "-f -c %a %S /dev/shm" ] || [ "$*" = "-f -c %a %S /run" ]';
    const script = `if ${real}; then echo 100 4096; else exec /usr/bin/stat "$@"; fi`;
    const session = await open(await withTool(node.path, 'stat', script));
    expect(session.isCompressed).toBe(false);
    expect((await readAll(session)).equals(text)).toBe(true);
    await session.close();
  });

  test('travel as they are when zstd fails in the middle, or the memory is full', async () => {
    // The first call is the probe, the second the first range.
    const script = `read -r calls <"$0.calls" 2>/dev/null; echo "$((calls + 1))" >"$0.calls"
[ "\${calls:-0}" -lt 2 ] && exec /usr/bin/zstd "$@"
head -c 1000 | /usr/bin/zstd "$@"; echo 'No space left on device' >&2; exit 1`;
    const shell = counted(await withTool(node.path, 'zstd', script));
    const session = await open(shell);
    expect((await readAll(session)).equals(text)).toBe(true);
    expect(shell.bytesRead).toBeGreaterThan(3 * length);
    expect(shell.bytesRead).toBeLessThan(4 * length);
    await session.close();
  });

  test.each([
    ['to more than was asked for', 'head -c 100000000 /dev/zero | /usr/bin/zstd -q -c'],
    ['to more than the node can hold', 'head -c 400000 /dev/zero | /usr/bin/zstd -q -c --long=27'],
    ['to one byte more', '{ cat; echo; } | /usr/bin/zstd -q -c'],
    ['to one byte less', `head -c ${length - 1} | /usr/bin/zstd -q -c`],
    ['to nothing', 'cat >/dev/null; /usr/bin/zstd -q -c </dev/null'],
    ['not at all', 'cat >/dev/null; head -c 5000 /dev/urandom'],
    ['not to its end', '/usr/bin/zstd -q -c | head -c 10000'],
  ])('that unpack %s are thrown away', async (_, script) => {
    const session = await open(await withTool(node.path, 'zstd', script));
    const mismatch = { type: 'ChecksumMismatch', nonRetryable: false };
    const bytes = Buffer.alloc(length);
    await expect(session.read(0, bytes)).rejects.toMatchObject(mismatch);
    await session.close();
  });

  test.each([
    ['garbage', 130],
    ['of another length', record + 12],
  ])('whose announcement is %s are thrown away', async (_, flipAt) => {
    const session = await open(withFaults(createLocalShell(), [{ flipAt }]));
    const mismatch = { type: 'ChecksumMismatch', nonRetryable: false };
    await expect(session.read(0, Buffer.alloc(length))).rejects.toMatchObject(mismatch);
    await session.close();
  });

  test('leave no file in the memory, not even while they are on their way', async () => {
    const ours = async () => {
      const names = [...(await readdir('/dev/shm')), ...(await readdir('/run'))];
      return names.filter((name) => name.startsWith('etcd-backup.'));
    };
    const session = await open(createLocalShell());
    await session.read(0, Buffer.alloc(length));
    const asked = session.read(length, Buffer.alloc(length));
    expect(await ours()).toEqual([]);
    await asked;
    await session.close();
    expect(await ours()).toEqual([]);
  });

  test('end with the file they are of', async () => {
    const session = await open(createLocalShell());
    await session.read(0, Buffer.alloc(length));
    await truncate(join(node.path, 'snapshot_1.db'), 2 * length);
    const unreachable = { type: 'NodeUnreachable', nonRetryable: false };
    const next = [session.read(0, Buffer.alloc(length)), session.read(0, Buffer.alloc(length))];
    await expect(Promise.all(next)).rejects.toMatchObject(unreachable);
    await session.close();
    await rm(join(node.path, 'snapshot_1.db'));
  });
});
