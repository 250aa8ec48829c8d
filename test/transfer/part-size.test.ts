import { describe, expect, test } from 'vitest';

import { partSizeFor } from '../../src/transfer/part-size.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

describe('the size of parts', () => {
  test.each([0, 1, 32 * MiB, 8 * GiB, 312 * GiB])('is the wanted one for %i bytes', (sizeBytes) => {
    expect(partSizeFor(sizeBytes, 32 * MiB)).toBe(32 * MiB);
  });

  test.each([
    [313 * GiB, 32 * MiB],
    [1 * GiB, 64 * KiB],
    [8 * GiB, 64 * KiB],
    [5 * 1024 * GiB, 32 * MiB],
  ])('grows for a file of %i bytes and parts of %i', (sizeBytes, wantedBytes) => {
    const partSizeBytes = partSizeFor(sizeBytes, wantedBytes);
    expect(partSizeBytes % (64 * KiB)).toBe(0);
    expect(partSizeBytes).toBeGreaterThan(wantedBytes);
    const sealedBytes = sizeBytes * (1 + 16 / (64 * KiB)) + MiB;
    expect(sealedBytes / partSizeBytes).toBeLessThanOrEqual(10_000);
    expect(sealedBytes / (partSizeBytes - 64 * KiB)).toBeGreaterThan(10_000);
  });
});
