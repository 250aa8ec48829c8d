import { describe, expect, test } from 'vitest';

import { partCount } from '../../src/store/layout.ts';
import { makeAgeHeader } from '../../src/transfer/age-header.ts';
import { sealedParts } from '../../src/transfer/sealed-parts.ts';
import { contentOf, sha256Of } from '../store/content.ts';
import {
  makeReader,
  makeReaders,
  openSealed,
  plainParts,
  readFrom,
  readPart,
  recordOf,
} from './seal-bench.ts';

const { signal } = new AbortController();
const chunk = 64 * 1024;
const partSizeBytes = 2 * chunk;
const [reader, second, third, other] = await makeReaders(4);
const header = await makeAgeHeader([reader!.recipient]);

const sealed = (
  bytes: Buffer,
  options: { header?: typeof header; record?: ReturnType<typeof recordOf> } = {},
) => {
  const plain = plainParts(bytes, partSizeBytes);
  const { record = recordOf() } = options;
  const parts = sealedParts(plain, options.header ?? header, record, signal);
  return { parts, plain, record };
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
  // What is left for the last part is nearly nothing, nothing, or does not fit into it any more.
  partSizeBytes - header.prefix.length,
  2 * partSizeBytes - header.prefix.length,
  3 * partSizeBytes - header.prefix.length - 1,
  3 * partSizeBytes - header.prefix.length + 1,
  3 * partSizeBytes - 1,
  3 * partSizeBytes,
  3 * partSizeBytes + 1,
];

describe.each(sizes)('a file of %i bytes', (sizeBytes) => {
  const bytes = contentOf('sealed', sizeBytes);

  test('is opened by the library, and is the same', async () => {
    const { parts } = sealed(bytes);
    const object = Buffer.concat(await readFrom(parts));
    expect(object).toHaveLength(parts.sizeBytes);
    expect((await openSealed(object, reader!)).equals(bytes)).toBe(true);
  });

  test('has equal parts but for the last', async () => {
    const { parts } = sealed(bytes);
    const lengths = (await readFrom(parts)).map(({ length }) => length);
    expect(lengths).toHaveLength(partCount(parts));
    const last = lengths.pop()!;
    expect(new Set(lengths).size).toBeLessThanOrEqual(1);
    expect(last).toBeGreaterThan(0);
    expect(last).toBeLessThanOrEqual(lengths[0] ?? last);
  });

  test('has the same parts wherever an attempt begins', async () => {
    const whole = await readFrom(sealed(bytes).parts);
    for (let first = 2; first <= whole.length; first += 1) {
      const { parts, plain } = sealed(bytes);
      const rest = await readFrom(parts, first);
      expect(Buffer.concat(rest).equals(Buffer.concat(whole.slice(first - 1)))).toBe(true);
      // The part of the file before is read for the bytes that begin this one, no other twice.
      const count = partCount(plain);
      const numbers = Array.from({ length: count - first + 2 }, (_, index) => first - 1 + index);
      expect(plain.reads).toEqual(numbers);
    }
  });
});

describe('what is sealed', () => {
  const bytes = contentOf('sealed', 5 * chunk + 77);

  test.each([
    ['one', 1],
    ['three', 3],
    ['twenty', 20],
  ])('for %s is opened by each of them, and by nobody else', async (_, count) => {
    const readers = [reader!, second!, third!, ...(await makeReaders(17))].slice(0, count);
    const forAll = await makeAgeHeader(readers.map(({ recipient }) => recipient));
    const object = Buffer.concat(await readFrom(sealed(bytes, { header: forAll }).parts));
    for (const each of readers) {
      expect((await openSealed(object, each)).equals(bytes)).toBe(true);
    }
    await expect(openSealed(object, other!)).rejects.toThrow('no identity matched');
  });

  test('for post-quantum recipients is opened by each of them, though their header is half as long as a chunk', async () => {
    const readers = [await makeReader('hybrid'), await makeReader('hybrid')];
    const [one, two] = readers.map(({ recipient }) => recipient);
    const forAll = await makeAgeHeader([...Array.from({ length: 19 }, () => one!), two!]);
    expect(forAll.prefix.length).toBeGreaterThan(30_000);
    const whole = await readFrom(sealed(bytes, { header: forAll }).parts);
    for (const each of readers) {
      expect((await openSealed(Buffer.concat(whole), each)).equals(bytes)).toBe(true);
    }
    for (const number of whole.keys()) {
      const { parts } = sealed(bytes, { header: forAll });
      expect((await readPart(parts, number + 1)).equals(whole[number]!)).toBe(true);
    }
  });

  test('is no longer opened with one flipped bit', async () => {
    const object = Buffer.concat(await readFrom(sealed(bytes).parts));
    for (const at of [header.prefix.length - 1, header.prefix.length, object.length - 1]) {
      const damaged = Buffer.from(object);
      damaged[at]! ^= 1;
      await expect(openSealed(damaged, reader!)).rejects.toThrow(/invalid|tag/);
    }
  });

  test('is no longer opened when its last chunk is cut off', async () => {
    const object = Buffer.concat(await readFrom(sealed(contentOf('sealed', 3 * chunk)).parts));
    await expect(openSealed(object.subarray(0, -chunk - 16), reader!)).rejects.toThrow(
      /invalid|tag/,
    );
  });

  test('is other bytes every time that it gets a header', async () => {
    const again = await makeAgeHeader([reader!.recipient]);
    expect(again.fileKey.equals(header.fileKey)).toBe(false);
    const [one, two] = [
      await readPart(sealed(bytes).parts, 2),
      await readPart(sealed(bytes, { header: again }).parts, 2),
    ];
    expect(one.equals(two)).toBe(false);
  });
});

describe('parts', () => {
  const bytes = contentOf('sealed', 3 * partSizeBytes + 5);

  test('with gaps between them are those of the whole', async () => {
    const whole = await readFrom(sealed(bytes).parts);
    const { parts } = sealed(bytes);
    for (const number of [1, 3, 4]) {
      expect((await readPart(parts, number)).equals(whole[number - 1]!)).toBe(true);
    }
  });

  test('that are asked for before the one before is made are those of the whole', async () => {
    const whole = await readFrom(sealed(bytes).parts);
    const { parts } = sealed(bytes);
    const read = await Promise.all(whole.map(async (_, index) => await readPart(parts, index + 1)));
    expect(Buffer.concat(read).equals(Buffer.concat(whole))).toBe(true);
  });

  test('that failed are made again from their beginning', async () => {
    const whole = await readFrom(sealed(bytes).parts);
    const plain = plainParts(bytes, partSizeBytes);
    let fails = true;
    const failing = {
      ...plain,
      read: async (number: number, buffer: Buffer) => {
        if (number === 2 && fails) {
          fails = false;
          throw new Error('lost');
        }
        return await plain.read(number, buffer);
      },
    };
    const parts = sealedParts(failing, header, recordOf(), signal);
    expect((await readPart(parts, 1)).equals(whole[0]!)).toBe(true);
    await expect(readPart(parts, 2)).rejects.toThrow('lost');
    expect(Buffer.concat(await readFrom(parts, 2)).equals(Buffer.concat(whole.slice(1)))).toBe(
      true,
    );
  });

  test('are recorded before they are given out, and known to the next attempt', async () => {
    const { parts, record } = sealed(bytes);
    expect(await parts.digests()).toEqual([undefined, undefined, undefined, undefined]);
    const first = await readPart(parts, 1);
    expect(record.digests).toEqual(new Map([[1, sha256Of(first)]]));
    const next = sealed(bytes, { record }).parts;
    expect(await next.digests()).toEqual([sha256Of(first), undefined, undefined, undefined]);
  });

  test('of a single chunk hold their header too', async () => {
    const parts = sealedParts(plainParts(bytes, chunk), header, recordOf(), signal);
    const whole = await readFrom(parts);
    expect((await openSealed(Buffer.concat(whole), reader!)).equals(bytes)).toBe(true);
  });

  test('that are not of whole chunks are refused', () => {
    const plain = plainParts(bytes, 100_000);
    expect(() => sealedParts(plain, header, recordOf(), signal)).toThrow('expected whole chunks');
  });

  test('are no longer made when told to stop', async () => {
    const stop = new AbortController();
    const parts = sealedParts(plainParts(bytes, partSizeBytes), header, recordOf(), stop.signal);
    const reason = new Error('told to stop');
    stop.abort(reason);
    await expect(readPart(parts, 1)).rejects.toBe(reason);
  });
});
