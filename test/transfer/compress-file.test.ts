import { execFile } from 'node:child_process';
import {
  mkdir,
  readFile,
  readdir,
  rename,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import type { NodeShell } from '../../src/node/node-shell.ts';
import { compressFile } from '../../src/transfer/compress-file.ts';
import type { CompressFileOptions } from '../../src/transfer/compress-file.ts';
import { inspectFile } from '../../src/transfer/inspect-file.ts';
import { contentOf } from '../store/content.ts';
import { createLocalShell } from './local-shell.ts';
import { useNodeDirectory } from './node-directory.ts';

const { signal } = new AbortController();
const run = promisify(execFile);
// Compresses to about a third.
const content = Buffer.concat(Array.from({ length: 3 }, () => contentOf('thrice', 100_000)));
const tools = ['df', 'head', 'kill', 'ln', 'rm', 'sha256sum', 'sleep', 'stat', 'tail', 'zstd'];

describe('the compressed form of a file', () => {
  const node = useNodeDirectory();
  const pathOf = () => join(node.path, 'snapshot_1.db');
  const outOf = () => `${pathOf()}.zst`;

  /** A shell on whose PATH are our tools alone, without some, and with others in their place. */
  const shellWith = async (changes: Readonly<Record<string, string | undefined>>) => {
    const directory = join(node.path, 'bin');
    await mkdir(directory);
    for (const tool of tools.filter((name) => !Object.hasOwn(changes, name))) {
      const { stdout } = await run('sh', ['-c', 'command -v "$1" || :', 'sh', tool]);
      if (stdout.startsWith('/')) await symlink(stdout.trim(), join(directory, tool));
    }
    for (const [name, script] of Object.entries(changes)) {
      if (script === undefined) continue;
      const text = `#!/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin\n${script}\n`;
      await writeFile(join(directory, name), text, { mode: 0o755 });
    }
    return createLocalShell({ wrapper: ['env', `PATH=${directory}`], interpreter: '/bin/sh' });
  };

  const inspect = async (
    path: string,
    isCompressed = false,
    shell: NodeShell = createLocalShell(),
  ) => {
    const { file, verification } = await inspectFile({
      shell,
      kind: 'snapshot',
      isCompressed,
      path,
      takeDirectory: node.path,
      partSizeBytes: 64 * 1024,
      digestTool: 'sha256sum',
      signal,
    });
    return { file, verification };
  };
  const compress = async (options: Partial<CompressFileOptions> = {}) => {
    const file = options.file ?? (await inspect(pathOf())).file;
    return await compressFile({
      shell: createLocalShell(),
      file,
      takeDirectory: node.path,
      leastFreeBytes: 0,
      digestTool: 'sha256sum',
      signal,
      ...options,
    });
  };
  const opened = async () => {
    const { stdout } = await run('zstd', ['-dc', outOf()], { encoding: 'buffer' });
    return stdout;
  };
  const names = async () => (await readdir(node.path)).filter((name) => name.includes('.zst'));

  test('opens to the same bytes, and is smaller', async () => {
    await writeFile(pathOf(), content);
    expect(await compress()).toEqual({ outcome: 'compressed', path: outOf() });
    expect((await opened()).equals(content)).toBe(true);
    expect((await stat(outOf())).size).toBeLessThan(content.length / 2);
    expect((await stat(outOf())).mode & 0o777).toBe(0o600);
    expect(await names()).toEqual([basename(outOf())]);
  });

  test('of nothing opens to nothing', async () => {
    await writeFile(pathOf(), '');
    expect(await compress()).toMatchObject({ outcome: 'compressed' });
    expect(await opened()).toHaveLength(0);
  });

  test('is inspected like the file, with a part list of its own and no trailer', async () => {
    await writeFile(pathOf(), content);
    const plain = (await inspect(pathOf())).file;
    await compress();
    const { file, verification } = await inspect(outOf(), true);
    expect(verification).toEqual([]);
    expect(file).toMatchObject({
      name: 'snapshot_1.db.zst',
      sizeBytes: (await stat(outOf())).size,
    });
    expect(file.partListPath).not.toBe(plain.partListPath);
    expect((await readFile(plain.partListPath, 'utf8')).split('\n')).toHaveLength(6);
  });

  const later =
    'for word; do shift; [ "$word" = -3 ] && word=-1; set -- "$@" "$word"; done; exec zstd "$@"';

  test('is made once: a later attempt finds the same file, whichever zstd is there then', async () => {
    await writeFile(pathOf(), content);
    await compress();
    const before = await inspect(outOf(), true);
    const shell = await shellWith({ zstd: later });
    expect(await compress({ shell })).toEqual({ outcome: 'compressed', path: outOf() });
    expect(await inspect(outOf(), true)).toEqual(before);
  });

  test('by many attempts at once is one file, and nothing of the others is left', async () => {
    await writeFile(pathOf(), content);
    const { file } = await inspect(pathOf());
    const made = await Promise.all(Array.from({ length: 5 }, async () => await compress({ file })));
    for (const each of made) expect(each).toEqual({ outcome: 'compressed', path: outOf() });
    expect((await opened()).equals(content)).toBe(true);
    expect(await names()).toEqual([basename(outOf())]);
  });

  test('that is half written is made anew', async () => {
    await writeFile(pathOf(), content);
    await compress();
    await truncate(outOf(), 50_000);
    expect(await compress()).toEqual({ outcome: 'compressed', path: outOf() });
    expect((await opened()).equals(content)).toBe(true);
  });

  test('of an attempt that is no more takes no room', async () => {
    await writeFile(pathOf(), content);
    // No process has such an id.
    await writeFile(`${outOf()}.99999999`, 'half');
    await compress();
    expect(await names()).toEqual([basename(outOf())]);
  });

  test('is not made where there is no zstd', async () => {
    await writeFile(pathOf(), content);
    const shell = await shellWith({ zstd: undefined });
    expect(await compress({ shell })).toEqual({
      outcome: 'left',
      observed: 'the node has no zstd',
    });
    expect(await names()).toEqual([]);
  });

  const fullDisk = { outcome: 'left', observed: 'too little space is free on the node' };
  const df = (freeKiB: number) =>
    `echo "Filesystem 1024-blocks Used Available Capacity Mounted"; echo "disk 1000 0 ${freeKiB} 0% /"`;

  test.each([
    ['nothing may be taken', 1000, 1000 * 1024],
    ['less may be taken than it needs', 1000, 950 * 1024],
    ['less is free than must be', 1000, 2000 * 1024],
  ])('is not made, and leaves nothing, where %s', async (_, freeKiB, leastFreeBytes) => {
    await writeFile(pathOf(), content);
    const shell = await shellWith({ df: df(freeKiB) });
    expect(await compress({ shell, leastFreeBytes })).toEqual(fullDisk);
    expect(await names()).toEqual([]);
  });

  test('is made where it fits into what may be taken', async () => {
    await writeFile(pathOf(), content);
    const shell = await shellWith({ df: df(1000) });
    const made = await compress({ shell, leastFreeBytes: 800 * 1024 });
    expect(made).toMatchObject({ outcome: 'compressed' });
  });

  test.each([
    [
      'fails',
      'case $* in *-d*) exec zstd "$@";; esac; echo half; exit 3',
      'zstd on the node ended with 3',
    ],
    ['opens to other bytes', 'case $* in *-d*) echo other;; *) exec zstd "$@";; esac', 'not open'],
  ])('is not made by a zstd that %s', async (_, zstd, observed) => {
    await writeFile(pathOf(), content);
    const shell = await shellWith({ zstd });
    expect(await compress({ shell })).toEqual({
      outcome: 'left',
      observed: expect.stringContaining(observed),
    });
    expect(await names()).toEqual([]);
  });

  test('is not made of another file than the one that was inspected', async () => {
    await writeFile(pathOf(), content);
    const { file } = await inspect(pathOf());
    await writeFile(`${pathOf()}.new`, content);
    await rename(`${pathOf()}.new`, pathOf());
    const failed = compress({ file });
    await expect(failed).rejects.toMatchObject({ type: 'FileChanged', nonRetryable: true });
    expect(await names()).toEqual([]);
  });
});
