import { expect, test, vi } from 'vitest';

import { onSignals } from '../../src/cli/interrupts.ts';

test('the first signal and the second do what was asked for them, whichever signals they are', async () => {
  const heard: string[] = [];
  const stop = onSignals(['SIGUSR2', 'SIGWINCH'], {
    first: () => heard.push('first'),
    second: () => heard.push('second'),
  });
  process.kill(process.pid, 'SIGWINCH');
  await vi.waitFor(() => expect(heard).toEqual(['first']));
  process.kill(process.pid, 'SIGUSR2');
  await vi.waitFor(() => expect(heard).toEqual(['first', 'second']));
  stop();
  expect(process.listenerCount('SIGUSR2')).toBe(0);
});
