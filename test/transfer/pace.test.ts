import { expect, test } from 'vitest';

import { createPace } from '../../src/transfer/pace.ts';

test('a pace lets bytes go at its rate, whoever asks', () => {
  const wait = createPace(1000);
  expect(wait(500, 0)).toBe(0);
  expect(wait(250, 0)).toBe(500);
  expect(wait(1000, 100)).toBe(650);
  expect(wait(1, 2000)).toBe(0);
});

test('a pace does not make up for time that passed', () => {
  const wait = createPace(1000);
  wait(1, 0);
  expect(wait(1000, 60_000)).toBe(0);
  expect(wait(1000, 60_000)).toBe(1000);
});

test('nothing waits without a limit', () => {
  const wait = createPace();
  expect([wait(1e9, 0), wait(1e9, 0), wait(1, 0)]).toEqual([0, 0, 0]);
});
