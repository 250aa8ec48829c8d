import { expect, test } from 'vitest';

import { transferLanes } from '../../src/activities/transfer-lanes.ts';

const never = new AbortController().signal;

/** Work that ends when it is told to. */
function work() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { run: async () => await promise, end: resolve };
}

test('a transfer that finds a lane does not wait, the next one does, until the first has ended', async () => {
  const lanes = transferLanes(1);
  const [first, second] = [work(), work()];
  const said: string[] = [];
  const one = lanes.enter(never, () => said.push('one waits'), first.run);
  const two = lanes
    .enter(never, () => said.push('two waits'), second.run)
    .then(() => said.push('two ended'));
  expect(said).toEqual(['two waits']);
  second.end();
  await Promise.resolve();
  expect(said).toEqual(['two waits']);
  first.end();
  await one;
  await two;
  expect(said).toEqual(['two waits', 'two ended']);
});

test('who is given up while waiting takes no lane', async () => {
  const lanes = transferLanes(1);
  const first = work();
  const stop = new AbortController();
  const one = lanes.enter(never, () => {}, first.run);
  const two = lanes.enter(
    stop.signal,
    () => stop.abort(new Error('given up')),
    async () => 'never run',
  );
  await expect(two).rejects.toThrow('given up');
  first.end();
  await one;
  expect(
    await lanes.enter(
      never,
      () => {},
      async () => 'run',
    ),
  ).toBe('run');
});

test('work that fails leaves its lane', async () => {
  const lanes = transferLanes(1);
  const broken = lanes.enter(
    never,
    () => {},
    async () => await Promise.reject(new Error('broken')),
  );
  await expect(broken).rejects.toThrow('broken');
  expect(
    await lanes.enter(
      never,
      () => {},
      async () => 'run',
    ),
  ).toBe('run');
});
