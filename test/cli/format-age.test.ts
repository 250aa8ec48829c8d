import { expect, test } from 'vitest';

import { formatAge } from '../../src/cli/format-age.ts';

const hour = 3_600_000;

test.for([
  [5 * 60_000, '5 min'],
  [26 * hour, '26 h'],
  [48 * hour, '2 d'],
  [75.9 * hour, '3 d 3 h'],
] as const)('%i ms are %s', ([ms, words]) => {
  expect(formatAge(ms)).toBe(words);
});
