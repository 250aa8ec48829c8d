import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import type { NodeShell } from '../../src/node/node-shell.ts';
import { openSeal } from '../../src/transfer/seal-file.ts';
import type { SealOptions } from '../../src/transfer/seal-file.ts';
import { createLocalShell } from './local-shell.ts';
import { useNodeDirectory } from './node-directory.ts';
import { makeReaders } from './seal-bench.ts';

const { signal } = new AbortController();
const plain = { sizeBytes: 450_000, sha256: 'a'.repeat(64), partListSha256: 'b'.repeat(64) };
let ours: readonly string[];
let others: readonly string[];
beforeAll(async () => {
  const recipients = (await makeReaders(3)).map(({ recipient }) => recipient);
  [ours, others] = [recipients.slice(0, 2), recipients.slice(1)];
});

describe('a seal', () => {
  const node = useNodeDirectory();
  const shell = createLocalShell();
  const pathOf = () => join(node.path, 'seal-snapshot-vault');
  const open = async (options: Partial<SealOptions> = {}) =>
    await openSeal({ shell, path: pathOf(), plain, recipients: ours, signal, ...options });

  /** The shell, and what went through it. */
  const watched = () => {
    const argv: string[] = [];
    const stdin: string[] = [];
    const run: NodeShell['run'] = async (words, options) => {
      argv.push(words.join(' '));
      stdin.push(Buffer.from(options?.stdin ?? '').toString());
      return await shell.run(words, options);
    };
    return { shell: { ...shell, run }, argv, stdin };
  };

  test('is made once: every later attempt takes the same one', async () => {
    const first = await open();
    const text = await readFile(pathOf(), 'utf8');
    expect(await open()).toEqual(first);
    expect(await readFile(pathOf(), 'utf8')).toBe(text);
    expect(first.fileKey).toHaveLength(16);
  });

  test('is for root alone, and the only file that is left', async () => {
    await open();
    expect((await stat(pathOf())).mode & 0o777).toBe(0o600);
    expect(await readdir(node.path)).toEqual(['seal-snapshot-vault']);
  });

  test('is the same for all of many workers at once', async () => {
    const seals = await Promise.all(Array.from({ length: 8 }, async () => await open()));
    for (const seal of seals) expect(seal).toEqual(seals[0]);
    expect(await readdir(node.path)).toEqual(['seal-snapshot-vault']);
  });

  test('of a worker that saw none is the one that another wrote meanwhile', async () => {
    let overtaken: Awaited<ReturnType<typeof open>> | undefined;
    const overtake: NodeShell['run'] = async (words, options) => {
      if (options?.stdin !== undefined) overtaken ??= await open();
      return await shell.run(words, options);
    };
    const late = await open({ shell: { ...shell, run: overtake } });
    expect(overtaken).toBeDefined();
    expect(late).toEqual(overtaken);
  });

  test('never has its key in an argument', async () => {
    const { argv, stdin, ...seen } = watched();
    const { fileKey } = await open(seen);
    const forms = (['base64', 'hex'] as const).map((encoding) => fileKey.toString(encoding));
    expect(argv).toHaveLength(2);
    expect(stdin.join()).toContain(forms[0]);
    for (const form of forms) expect(argv.join()).not.toContain(form);
  });

  test.each<[string, Partial<SealOptions['plain']>]>([
    ['of another digest', { sha256: 'c'.repeat(64) }],
    ['of another size', { sizeBytes: 450_001 }],
    ['in other parts', { partListSha256: 'c'.repeat(64) }],
  ])('is refused for a file %s, and stays as it is', async (_, change) => {
    await open();
    const text = await readFile(pathOf(), 'utf8');
    const failed = open({ plain: { ...plain, ...change } });
    await expect(failed).rejects.toMatchObject({ type: 'FileChanged', nonRetryable: true });
    expect(await readFile(pathOf(), 'utf8')).toBe(text);
  });

  test('is refused for other recipients, and stays as it is', async () => {
    await open();
    const text = await readFile(pathOf(), 'utf8');
    const failed = open({ recipients: others });
    await expect(failed).rejects.toMatchObject({ type: 'FileChanged', nonRetryable: true });
    await expect(failed).rejects.toThrow('seal: made for the recipients');
    expect(await readFile(pathOf(), 'utf8')).toBe(text);
  });

  const flipped = (text: string, at: number) =>
    text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);

  test.each<[string, (text: string) => string]>([
    ['whose key is another one', (text) => flipped(text, text.indexOf('"fileKey":"') + 12)],
    ['whose header is another one', (text) => flipped(text, text.indexOf('"prefix":"') + 60)],
    ['that claims to be of another file', (text) => text.replace('a'.repeat(64), 'd'.repeat(64))],
    ['that claims other recipients', (text) => text.replace(/\["[0-9a-f]{4}/, '["0000')],
    ['that is cut short', (text) => text.slice(0, 200)],
    ['that is empty', () => ''],
    ['that has no check', (text) => text.split('\n')[0]!],
  ])('%s is refused, and its key is in no error', async (_, change) => {
    const { fileKey } = await open();
    const changed = change(await readFile(pathOf(), 'utf8'));
    await writeFile(pathOf(), changed);
    const error: unknown = await open().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      type: 'FileChanged',
      nonRetryable: true,
      message: expect.stringContaining('seal: damaged, its own check does not fit'),
    });
    expect(JSON.stringify(error)).not.toContain(fileKey.toString('base64'));
    expect(await readFile(pathOf(), 'utf8')).toBe(changed);
  });

  test('that arrived cut short is asked for again', async () => {
    const first = await open();
    let cut = false;
    const run: NodeShell['run'] = async (words, options) => {
      const result = await shell.run(words, options);
      if (cut) return result;
      cut = true;
      return { ...result, stdout: result.stdout.subarray(0, 300) };
    };
    expect(await open({ shell: { ...shell, run } })).toEqual(first);
    expect(cut).toBe(true);
  });

  test('that cannot be written fails for good, without its text', async () => {
    const failed = open({ path: join(node.path, 'nowhere', 'seal-snapshot-vault') });
    await expect(failed).rejects.toMatchObject({ type: 'NodeDiskFull', nonRetryable: true });
  });
});
