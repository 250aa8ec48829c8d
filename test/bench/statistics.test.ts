import { expect, test } from 'vitest';

import { median, percentile, ratio } from '../../bench/statistics.ts';

test.each([
  [[3], 3],
  [[5, 1, 3], 3],
  [[4, 1, 3, 2], 2.5],
  [[10, 9, 100, 2, 1], 9],
])('the median of %j is %d', (numbers, expected) => {
  expect(median(numbers)).toBe(expected);
});

test('99 of 100 numbers do not exceed their 99th percentile, and 98 would be too few', () => {
  const numbers = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(percentile(numbers, 99)).toBe(99);
  expect(percentile(numbers, 100)).toBe(100);
  expect(percentile([7, 5], 1)).toBe(5);
});

test('a ratio is one of medians: a single slow round does not decide it', () => {
  expect(ratio([30, 31, 500], [10, 9, 11])).toBe(3.1);
});

test('there is no median of nothing', () => {
  expect(() => median([])).toThrow('no numbers');
});
