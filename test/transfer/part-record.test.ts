import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { openPartRecord } from '../../src/transfer/part-record.ts';
import type { PartRecordOptions } from '../../src/transfer/part-record.ts';
import { counted, createLocalShell, withFaults } from './local-shell.ts';
import { useNodeDirectory } from './node-directory.ts';

const { signal } = new AbortController();
const maker = '0123456789abcdef';
const digest = (letter: string) => letter.repeat(64);

describe('a record of parts', () => {
  const node = useNodeDirectory();
  const shell = createLocalShell();
  const pathOf = () => join(node.path, 'sealed-snapshot-vault');
  const open = async (options: Partial<PartRecordOptions> = {}) =>
    await openPartRecord({ shell, path: pathOf(), maker, signal, ...options });
  const known = async (options: Partial<PartRecordOptions> = {}) => {
    await using record = await open(options);
    return [...record.digests];
  };

  test('begins with nothing, and tells the next attempt what was added', async () => {
    {
      await using record = await open();
      expect([...record.digests]).toEqual([]);
      await record.add(1, digest('a'));
      await record.add(2, digest('b'));
    }
    expect(await known()).toEqual([
      [1, digest('a')],
      [2, digest('b')],
    ]);
    expect((await stat(pathOf())).mode & 0o777).toBe(0o600);
  });

  test('has a part on the disk when it says so', async () => {
    await using record = await open();
    await record.add(1, digest('a'));
    expect(await readFile(pathOf(), 'utf8')).toBe(`\n${maker} 1 ${digest('a')}\n`);
  });

  test('is one process for all parts of an attempt', async () => {
    const other = counted(shell);
    await using record = await open({ shell: other });
    for (const number of [1, 2, 3, 4]) await record.add(number, digest('a'));
    expect(other.opened).toBe(1);
  });

  test('of two attempts at once has the parts of both', async () => {
    {
      await using one = await open();
      await using two = await open();
      const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
      const add = async (record: typeof one, first: number) => {
        for (const number of numbers.slice(first)) await record.add(number, digest('a'));
      };
      await Promise.all([add(one, 0), add(two, 5)]);
    }
    expect(await known()).toHaveLength(20);
  });

  test('does not count what was made with another seal', async () => {
    {
      await using record = await open({ maker: 'f'.repeat(16) });
      await record.add(1, digest('a'));
    }
    expect(await known()).toEqual([]);
  });

  test('does not count a part of which it has two digests', async () => {
    {
      await using record = await open();
      await record.add(1, digest('a'));
      await record.add(2, digest('b'));
      await record.add(1, digest('c'));
      await record.add(1, digest('a'));
    }
    expect(await known()).toEqual([[2, digest('b')]]);
  });

  test('passes over what a node that lost its power left of a line', async () => {
    {
      await using record = await open();
      await record.add(1, digest('a'));
    }
    await appendFile(pathOf(), `\n${maker} 2 bbbb`);
    {
      await using record = await open();
      await record.add(3, digest('c'));
    }
    expect((await known()).map(([number]) => number)).toEqual([1, 3]);
  });

  test('whose connection is lost costs one part, and goes on', async () => {
    // Two records of 128 bytes: the size, and that the first part is recorded.
    const faulty = counted(withFaults(shell, [{ cutAt: 256 }]));
    {
      await using record = await open({ shell: faulty });
      for (const number of [1, 2, 3]) await record.add(number, digest('a'));
    }
    expect(faulty.opened).toBe(2);
    const numbers = (await known()).map(([number]) => number);
    expect(numbers).toEqual(expect.arrayContaining([1, 3]));
  });

  test('that arrives damaged is worth another try', async () => {
    const opened = open({ shell: withFaults(shell, [{ flipAt: 0 }]) });
    await expect(opened).rejects.toMatchObject({ type: 'ChecksumMismatch', nonRetryable: false });
  });

  test('that cannot be written does not end the upload', async () => {
    const path = join(node.path, 'nowhere', 'sealed-snapshot-vault');
    await using record = await open({ path });
    await record.add(1, digest('a'));
    expect(await known({ path })).toEqual([]);
  });
});
