import { expect, test } from 'vitest';

import { transferLanes } from '../../src/activities/transfer-lanes.ts';

const never = new AbortController().signal;
const patiently = (): void => {};

test('a transfer that finds a lane does not wait; the next one says so, and runs when the first has ended', async () => {
  const lanes = transferLanes(1);
  const first = Promise.withResolvers<void>();
  const said: string[] = [];
  const one = lanes.enter(
    never,
    () => said.push('one waits'),
    async () => {
      await first.promise;
      said.push('one ends');
    },
  );
  const two = lanes.enter(
    never,
    () => said.push('two waits'),
    async () => said.push('two runs'),
  );
  first.resolve();
  await Promise.all([one, two]);
  expect(said).toEqual(['two waits', 'one ends', 'two runs']);
});

test('who is given up while waiting takes no lane', async () => {
  const lanes = transferLanes(1);
  const first = Promise.withResolvers<void>();
  const stop = new AbortController();
  const one = lanes.enter(never, patiently, async () => await first.promise);
  const giveUp = (): void => stop.abort(new Error('given up'));
  const two = lanes.enter(stop.signal, giveUp, async () => 'never run');
  await expect(two).rejects.toThrow('given up');
  first.resolve();
  await one;
  expect(await lanes.enter(never, patiently, async () => 'run')).toBe('run');
});

test('work that fails leaves its lane', async () => {
  const lanes = transferLanes(1);
  const broken = async (): Promise<never> => await Promise.reject(new Error('broken'));
  await expect(lanes.enter(never, patiently, broken)).rejects.toThrow('broken');
  expect(await lanes.enter(never, patiently, async () => 'run')).toBe('run');
});
