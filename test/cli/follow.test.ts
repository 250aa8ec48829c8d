import { expect, test } from 'vitest';

import { follow } from '../../src/cli/follow.ts';
import type { RunReader } from '../../src/cli/run-reader.ts';
import type { Observation, RunView } from '../../src/cli/run-view.ts';
import { observed } from './views.ts';

/** A run that is seen like this, once each. */
function seenAs(looks: (Partial<Observation> | Error)[], hasWorker = true): RunReader {
  const left = [...looks];
  return {
    read() {
      const look = left.shift();
      if (look === undefined) throw new Error('looked once too often');
      if (look instanceof Error) return Promise.reject(look);
      return Promise.resolve(observed({ at: Date.now(), ...look }));
    },
    hasWorker: () => Promise.resolve(hasWorker),
  };
}

async function all(
  reader: RunReader,
  signal = new AbortController().signal,
  onView: (view: RunView) => void = () => {},
) {
  const views: RunView[] = [];
  for await (const view of follow(reader, { signal, intervalMs: 1, patienceMs: 0 })) {
    views.push(view);
    onView(view);
  }
  return views;
}

const grpcError = (code: number, message: string) =>
  Object.assign(new Error(message), { code, details: message, metadata: {} });
const unavailable = grpcError(14, '14 UNAVAILABLE');

test('an outage of Temporal is waited out and told', async () => {
  const views = await all(seenAs([{}, unavailable, unavailable, {}, { open: false }]));
  expect(views.map(({ notice }) => notice?.code)).toEqual([
    undefined,
    'temporalSilent',
    'temporalSilent',
    undefined,
    undefined,
  ]);
});

test('an outage from the beginning is waited out too', async () => {
  expect(await all(seenAs([unavailable, { open: false }]))).toHaveLength(1);
});

test('what will not pass by itself ends the following', async () => {
  const denied = grpcError(7, '7 PERMISSION_DENIED');
  await expect(all(seenAs([{}, denied]))).rejects.toBe(denied);
});

const unclaimed = { kind: 'workflow' as const, taskQueue: 'zone-1' };

test('work that no worker polls for is told with the command that helps', async () => {
  const [view] = await all(seenAs([{ unclaimed }, { open: false }], false));
  expect(view?.notice).toEqual({
    code: 'noWorker',
    message:
      'No worker polls the task queue zone-1. Start one: etcd-backup worker --task-queue zone-1',
  });
});

test('work that waits for a busy worker is no reason for a hint', async () => {
  const [view] = await all(seenAs([{ unclaimed }, { open: false }], true));
  expect(view?.notice).toBeUndefined();
});

test('whoever leaves is let go at once', async () => {
  const leave = new AbortController();
  const views = await all(seenAs([{}]), leave.signal, () => leave.abort());
  expect(views).toHaveLength(1);
});
