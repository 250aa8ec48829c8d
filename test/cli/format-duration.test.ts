import { expect, test } from 'vitest';

import { formatDuration } from '../../src/cli/format-duration.ts';

test.for([
  [-5, '0.0 s'],
  [0, '0.0 s'],
  [449, '0.4 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [59_499, '59 s'],
  [59_500, '1 min'],
  [125_000, '2 min 5 s'],
  [3_599_499, '59 min 59 s'],
  [3_600_000, '1 h'],
  [12_000_000, '3 h 20 min'],
  [100_000_000, '27 h 46 min'],
] as const)('%i ms read as %s', ([ms, text]) => {
  expect(formatDuration(ms)).toBe(text);
});
