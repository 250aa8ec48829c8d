import { describe, expect, test } from 'vitest';

import {
  assertKey,
  assertPrefix,
  clusterNamePattern,
  failedKey,
  fileKey,
  manifestKey,
  partCount,
  partRange,
} from '../../src/store/layout.ts';

test('the files of a backup lie side by side', () => {
  const id = '20260101T010000Z-k3x9q0z7ab1c';
  expect(fileKey('prod-eu', id, 'snapshot_1.db')).toBe(`prod-eu/${id}/snapshot_1.db`);
  expect(manifestKey('prod-eu', id)).toBe(`prod-eu/${id}/manifest.json`);
  expect(failedKey('prod-eu', id)).toBe(`prod-eu/${id}/failed.json`);
});

test.each(['prod', 'prod-eu.example.com', '4', 'a'.repeat(63)])(
  'the cluster name %s is possible, and its keys are',
  (cluster) => {
    expect(cluster).toMatch(clusterNamePattern);
    expect(() =>
      assertKey(fileKey(cluster, 'id', 'snapshot_1__POSSIBLY_DIRTY__.db')),
    ).not.toThrow();
  },
);

test.each(['', '.', '..', '.prod', 'Prod', 'prod/eu', 'prod eu', '-prod', 'prod-', 'a'.repeat(64)])(
  'the cluster name %j is none',
  (cluster) => {
    expect(cluster).not.toMatch(clusterNamePattern);
  },
);

test('a prefix is the beginning of a key', () => {
  for (const prefix of ['', 'prod', 'prod/', 'prod/2026']) {
    expect(() => assertPrefix(prefix)).not.toThrow();
  }
  for (const prefix of ['/', '..', '../', '/prod', 'prod//', '.uploads/']) {
    expect(() => assertPrefix(prefix)).toThrow(expect.objectContaining({ type: 'StoreRefused' }));
  }
});

describe('the parts of an object', () => {
  test.each([
    [0, [0]],
    [1, [1]],
    [10, [10]],
    [11, [10, 1]],
    [30, [10, 10, 10]],
  ])('of %i bytes in tens', (sizeBytes, lengths) => {
    const geometry = { sizeBytes, partSizeBytes: 10 };
    expect(partCount(geometry)).toBe(lengths.length);
    const ranges = lengths.map((_, index) => partRange(geometry, index + 1));
    expect(ranges).toEqual(lengths.map((sizeBytes, index) => ({ offset: index * 10, sizeBytes })));
  });
});
