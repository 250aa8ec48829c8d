import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { makeAgeHeader } from '../../../src/transfer/age-header.ts';
import { sealedParts } from '../../../src/transfer/sealed-parts.ts';
import { toolPath } from '../../../tools/paths.mjs';
import { contentOf } from '../../store/content.ts';
import {
  makeReader,
  makeReaders,
  plainParts,
  readFrom,
  readPart,
  recordOf,
} from '../../transfer/seal-bench.ts';
import type { Reader } from '../../transfer/seal-bench.ts';

const run = promisify(execFile);
const { signal } = new AbortController();
const chunk = 64 * 1024;
const partSizeBytes = 3 * chunk;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'etcd-backup-age-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** The bytes, sealed in parts that are made by one attempt up to a part, and by another from there on. */
const seal = async (bytes: Buffer, readers: readonly Reader[], interruptedBefore = 1) => {
  const header = await makeAgeHeader(readers.map(({ recipient }) => recipient));
  const attempt = () => sealedParts(plainParts(bytes, partSizeBytes), header, recordOf(), signal);
  const first = attempt();
  const made: Buffer[] = [];
  for (let number = 1; number < interruptedBefore; number += 1) {
    made.push(await readPart(first, number));
  }
  return Buffer.concat([...made, ...(await readFrom(attempt(), interruptedBefore))]);
};

const open = async (sealed: Buffer, { identity }: Reader) => {
  const [key, path, opened] = ['identity', 'sealed.age', 'opened'].map((name) =>
    join(directory, name),
  );
  await writeFile(key!, `${identity}\n`);
  await writeFile(path!, sealed);
  await rm(opened!, { force: true });
  await run(toolPath('age'), ['-d', '-i', key!, '-o', opened!, path!]);
  return await readFile(opened!);
};

const sizes = [
  0,
  1,
  chunk - 1,
  chunk,
  chunk + 1,
  partSizeBytes - 1,
  partSizeBytes,
  partSizeBytes + 1,
  3 * partSizeBytes - 1,
  3 * partSizeBytes,
  3 * partSizeBytes + 1,
];

describe('the age command', () => {
  test.each(sizes)('opens %i sealed bytes', async (sizeBytes) => {
    const bytes = contentOf('age', sizeBytes);
    const reader = await makeReader();
    expect((await open(await seal(bytes, [reader]), reader)).equals(bytes)).toBe(true);
  });

  test.each([2, 3, 4])('opens what was interrupted before part %i', async (number) => {
    const bytes = contentOf('age', 3 * partSizeBytes + 1);
    const reader = await makeReader();
    expect((await open(await seal(bytes, [reader], number), reader)).equals(bytes)).toBe(true);
  });

  test('opens for each of three recipients, and for nobody else', async () => {
    const bytes = contentOf('age', 2 * partSizeBytes);
    const readers = await makeReaders(3);
    const sealed = await seal(bytes, readers);
    for (const reader of readers) expect((await open(sealed, reader)).equals(bytes)).toBe(true);
    await expect(open(sealed, await makeReader())).rejects.toThrow('no identity matched');
  });

  test('opens for each of twenty post-quantum recipients', async () => {
    const bytes = contentOf('age', 2 * partSizeBytes);
    const readers = await Promise.all([makeReader('hybrid'), makeReader('hybrid')]);
    const many = Array.from({ length: 20 }, (_, index) => readers[index % 2]!);
    const sealed = await seal(bytes, many);
    for (const reader of readers) expect((await open(sealed, reader)).equals(bytes)).toBe(true);
  });

  test.each([
    ['a flipped bit', (sealed: Buffer) => sealed.with(300_000, sealed[300_000]! ^ 1)],
    ['its last chunk cut off', (sealed: Buffer) => sealed.subarray(0, -chunk - 16)],
    ['a byte more', (sealed: Buffer) => Buffer.concat([sealed, Buffer.alloc(1)])],
  ])('refuses what has %s', async (_, change) => {
    const reader = await makeReader();
    const sealed = await seal(contentOf('age', 2 * partSizeBytes), [reader]);
    await expect(open(Buffer.from(change(sealed)), reader)).rejects.toThrow(
      /failed to decrypt|unexpected EOF|trailing/,
    );
  });
});
