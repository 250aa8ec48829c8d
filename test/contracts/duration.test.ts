import { expect, test } from 'vitest';

import { durationMs, formatBytes } from '../../src/contracts/index.ts';

test.each([
  ['500ms', 500],
  ['90s', 90_000],
  ['15m', 900_000],
  ['24h', 86_400_000],
  ['2d', 172_800_000],
])('%s is a length of time', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each(['', '5', 'h', '1.5h', '-1s', '1 h', '1w', 'PT1H'])('%s is none', (text) => {
  expect(durationMs(text)).toBeUndefined();
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1_288_490_189, '1.2 GiB'],
  [157_286_400, '150 MiB'],
  [1_072_693_248, '1023 MiB'],
  [1_073_322_394, '1.0 GiB'],
])('%i bytes read as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
