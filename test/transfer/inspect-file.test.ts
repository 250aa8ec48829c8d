import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { inspectFile } from '../../src/transfer/inspect-file.ts';
import type { InspectFileOptions } from '../../src/transfer/inspect-file.ts';
import { contentOf, partsOf, sha256Of } from '../store/content.ts';
import { syntheticSnapshot } from '../snapshot/synthetic-snapshot.ts';
import { createLocalShell, withFaults } from './local-shell.ts';
import { useNodeDirectory } from './node-directory.ts';

const { signal } = new AbortController();
const node = useNodeDirectory();

const write = async (bytes: Buffer, name = 'snapshot_1.db') => {
  const path = join(node.path, name);
  await writeFile(path, bytes);
  return path;
};
const inspect = (options: Partial<InspectFileOptions> & { readonly path: string }) =>
  inspectFile({
    shell: createLocalShell(),
    kind: 'snapshot',
    takeDirectory: node.path,
    partSizeBytes: 10_000,
    digestTool: 'sha256sum',
    signal,
    ...options,
  });
const hasBash = spawnSync('bash', ['-c', 'true']).status === 0;
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const ways = [
  ['sh', 'sha256sum', true],
  ['sh', 'openssl', hasOpenssl],
  ['bash', 'sha256sum', hasBash],
  ['bash', 'openssl', hasBash && hasOpenssl],
] as const;

describe.each(ways.filter(([, , isHere]) => isHere))('by %s and %s', (interpreter, digestTool) => {
  test.each([
    ['smaller than a part', 4096, 10_000],
    ['of exactly one part', 4096, 8224],
    ['of whole parts', 4096, 4112],
    ['of parts and a rest', 65_536, 10_000],
    ['whose last part is within the trailer', 4096, 8200],
  ])('a file %s is taken down as it is', async (_, pageSize, partSizeBytes) => {
    const bytes = syntheticSnapshot({ pageSize, pages: 2 });
    const path = await write(bytes);
    const shell = createLocalShell({ interpreter });
    const progress: number[] = [];
    const { file, verification } = await inspect({
      shell,
      path,
      partSizeBytes,
      digestTool,
      onProgress: (bytesDone) => progress.push(bytesDone),
    });
    const digests = Array.from({ length: Math.ceil(bytes.length / partSizeBytes) }, (_, index) =>
      sha256Of(bytes.subarray(index * partSizeBytes, (index + 1) * partSizeBytes)),
    );
    const list = await readFile(file.partListPath);
    expect(list.toString()).toBe(digests.map((digest) => `${digest}\n`).join(''));
    expect(file).toEqual({
      kind: 'snapshot',
      name: 'snapshot_1.db',
      path,
      sizeBytes: bytes.length,
      sha256: sha256Of(bytes),
      identity: expect.stringMatching(new RegExp(String.raw`^\d+ ${bytes.length} \d+\.\d{9}$`)),
      partSizeBytes,
      partListPath: join(node.path, 'parts-snapshot'),
      partListSha256: sha256Of(list),
    });
    expect(verification).toMatchObject([{ level: 'origin', outcome: 'passed' }]);
    expect(progress).toEqual(
      digests.map((_, index) => Math.min(bytes.length, (index + 1) * partSizeBytes)),
    );
  });
});

test('leaves the part list and nothing else, for its owner alone', async () => {
  const path = await write(syntheticSnapshot());
  const { file } = await inspect({ path });
  expect((await readdir(node.path)).sort()).toEqual(['parts-snapshot', basename(path)]);
  expect((await stat(file.partListPath)).mode & 0o777).toBe(0o600);
});

test('can be repeated and overlapped, with the same outcome', async () => {
  const path = await write(syntheticSnapshot());
  const [first, second] = await Promise.all([inspect({ path }), inspect({ path })]);
  expect(second).toEqual(first);
  expect(await inspect({ path })).toEqual(first);
});

test('a snapshot that is not what etcd streamed is found out', async () => {
  const bytes = syntheticSnapshot();
  bytes[20_000]! ^= 1;
  const { file, verification } = await inspect({ path: await write(bytes) });
  expect(file.sha256).toBe(sha256Of(bytes));
  expect(verification).toMatchObject([{ level: 'origin', outcome: 'failed' }]);
});

test('a file of too many parts is cut into larger ones', async () => {
  const bytes = contentOf('many parts', 200_000);
  const path = await write(bytes);
  const { file } = await inspect({ path, kind: 'staticKubeResources', partSizeBytes: 1 });
  expect(file).toMatchObject({ partSizeBytes: 65_536, sha256: sha256Of(bytes) });
  const digests = partsOf(bytes, file).map(({ part }) => part.sha256);
  expect((await readFile(file.partListPath)).toString()).toBe(`${digests.join('\n')}\n`);
});

test('static kube resources have no trailer to be judged by', async () => {
  const bytes = contentOf('tarball', 25_000);
  const path = await write(bytes, 'static_kuberesources_1.tar.gz');
  const { file, verification } = await inspect({ path, kind: 'staticKubeResources' });
  expect(verification).toEqual([]);
  expect(file).toMatchObject({ kind: 'staticKubeResources', sha256: sha256Of(bytes) });
  expect(basename(file.partListPath)).toBe('parts-staticKubeResources');
});

describe('fails for good', () => {
  test('when the file is not there, or is no regular file', async () => {
    const changed = { type: 'FileChanged', nonRetryable: true };
    await expect(inspect({ path: join(node.path, 'absent') })).rejects.toMatchObject(changed);
    await expect(inspect({ path: node.path })).rejects.toMatchObject(changed);
    const link = join(node.path, 'link');
    await symlink(await write(syntheticSnapshot()), link);
    await expect(inspect({ path: link })).rejects.toMatchObject(changed);
  });

  test('when the file grows while it is read', async () => {
    const path = await write(contentOf('grows', 300_000));
    const growing = inspect({ path, onProgress: () => appendFileSync(path, 'x') });
    await expect(growing).rejects.toMatchObject({ type: 'FileChanged', nonRetryable: true });
  });

  test('when the file cannot be read', async () => {
    const path = await write(syntheticSnapshot());
    await chmod(path, 0);
    // Without capabilities root is nobody special.
    const drop = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];
    const shell = createLocalShell({ wrapper: process.getuid?.() === 0 ? drop : [] });
    const unreadable = inspect({ shell, path });
    await expect(unreadable).rejects.toMatchObject({ type: 'NodeUnfit', nonRetryable: true });
  });

  test('when the list cannot be written', async () => {
    const path = await write(syntheticSnapshot());
    const takeDirectory = join(node.path, 'absent');
    const unwritable = inspect({ path, takeDirectory });
    await expect(unwritable).rejects.toMatchObject({ type: 'NodeDiskFull', nonRetryable: true });
  });

  test('when the digest tool gives no digest', async () => {
    await mkdir(join(node.path, 'bin'));
    await writeFile(join(node.path, 'bin', 'openssl'), '#!/bin/sh\ncat >/dev/null\n', {
      mode: 0o755,
    });
    const shell = createLocalShell({
      wrapper: ['env', `PATH=${join(node.path, 'bin')}:${process.env['PATH']}`],
    });
    const path = await write(syntheticSnapshot());
    const undigested = inspect({ shell, path, digestTool: 'openssl' });
    await expect(undigested).rejects.toMatchObject({ type: 'NodeUnfit', nonRetryable: true });
  });
});

describe('when the connection', () => {
  test('is lost, it can be tried again', async () => {
    const path = await write(contentOf('lost', 100_000));
    for (const cutAt of [0, 100, 128, 700]) {
      const shell = withFaults(createLocalShell(), [{ cutAt }]);
      const lost = inspect({ shell, path });
      await expect(lost).rejects.toMatchObject({ type: 'NodeUnreachable', nonRetryable: false });
    }
    expect((await inspect({ path })).file.sha256).toBe(
      createHash('sha256').update(contentOf('lost', 100_000)).digest('hex'),
    );
  });

  test('damages a digest of a part, it does not pass', async () => {
    const path = await write(contentOf('damaged', 100_000));
    // The third record is that of the first part; its digest follows "part 10000 ".
    const shell = withFaults(createLocalShell(), [{ flipAt: 128 + 20 }]);
    await expect(inspect({ shell, path })).rejects.toMatchObject({
      type: expect.stringMatching(/FileChanged|NodeUnfit/),
    });
  });

  test('brings what is no text, it can be tried again', async () => {
    const path = await write(contentOf('garbled', 100_000));
    for (const garbleAt of [3, 128 + 20]) {
      const shell = withFaults(createLocalShell(), [{ garbleAt }]);
      await expect(inspect({ shell, path })).rejects.toMatchObject({
        type: 'ChecksumMismatch',
        nonRetryable: false,
      });
    }
  });

  test('damages a digest of the whole, it does not pass', async () => {
    const bytes = contentOf('damaged', 100_000);
    const path = await write(bytes);
    // A digit that is still one with another last bit, in the record that follows those of the ten parts: "whole <digest>".
    const at = sha256Of(bytes).search(/[0-8]/);
    const shell = withFaults(createLocalShell(), [{ flipAt: 11 * 128 + 'whole '.length + at }]);
    await expect(inspect({ shell, path })).rejects.toMatchObject({
      type: 'ChecksumMismatch',
      nonRetryable: false,
    });
  });

  test('is given up by the caller, it ends with the caller’s reason', async () => {
    const path = await write(contentOf('stopped', 300_000));
    const stop = new AbortController();
    const reason = new Error('told to stop');
    const stopped = inspect({
      path,
      signal: stop.signal,
      onProgress: () => stop.abort(reason),
    });
    await expect(stopped).rejects.toBe(reason);
  });
});
