import { expect, test } from 'vitest';

import { hasTrailer, judgeTrailer } from '../../src/snapshot/trailer.ts';

const one = '1'.repeat(64);
const two = '2'.repeat(64);

test('a snapshot whose digest is the appended one comes whole from etcd', () => {
  expect(judgeTrailer({ sizeBytes: 32_800, computed: one, appended: one })).toEqual({
    level: 'origin',
    outcome: 'passed',
    evidence: `SHA-256 of the first 32768 bytes equals the one etcd appended: ${one}`,
  });
});

test('a snapshot whose digest is another one is refused with both', () => {
  const { outcome, evidence } = judgeTrailer({ sizeBytes: 32_800, computed: one, appended: two });
  expect(outcome).toBe('failed');
  expect(evidence).toContain(one);
  expect(evidence).toContain(two);
});

test.each([0, 31, 32, 512, 32_768, 32_799, 32_801])(
  'a file of %i bytes cannot end with the digest of etcd',
  (sizeBytes) => {
    expect(hasTrailer(sizeBytes)).toBe(false);
    const verdict = judgeTrailer({ sizeBytes, computed: one, appended: one });
    expect(verdict).toMatchObject({ level: 'origin', outcome: 'failed' });
  },
);
