import { describe, expect, test } from 'vitest';

import { failureOf, openProcess, read } from './shell-bench.ts';
import type { ShellBench } from './shell-bench.ts';

/** What is promised where something lies between worker and node: it may break. */
export function connectionPromises(bench: ShellBench): void {
  describe('a connection that is cut', () => {
    test('fails the command as unreachable, to be tried again, and leaves it running', async () => {
      const path = bench.path();
      const script = 'mkfifo "$1"; : > "$1.started"; cat "$1" > "$1.got"; : > "$1.ended"';
      const running = bench.shell.run(['sh', '-c', script, 'sh', path]);
      const lost = failureOf(running);
      await bench.appears(`${path}.started`);
      await bench.breakConnections();
      expect(await lost).toMatchObject({ type: 'NodeUnreachable', nonRetryable: false });
      await bench.output(['sh', '-c', 'echo alive > "$1"', 'sh', path]);
      await bench.appears(`${path}.ended`);
      expect(await bench.output(['cat', `${path}.got`])).toBe('alive\n');
    });

    test('is never taken for the end of a command, whatever it wrote', async () => {
      const started = bench.path();
      const script = 'echo whole; : > "$1"; exec sleep 60';
      const lost = failureOf(bench.shell.run(['sh', '-c', script, 'sh', started]));
      await bench.appears(started);
      await bench.breakConnections();
      expect(await lost).toMatchObject({ type: 'NodeUnreachable' });
    });

    test('fails the read of a process, with the count', async () => {
      await using channel = await openProcess(bench.shell, ['sh', '-c', 'printf abc; cat']);
      await read(channel, 1);
      const lost = failureOf(read(channel, 10));
      await bench.breakConnections();
      expect(await lost).toMatchObject({
        type: 'NodeUnreachable',
        nonRetryable: false,
        message: expect.stringContaining('10 bytes, 2 arrived'),
      });
      await expect(channel.write(Buffer.of(1))).rejects.toMatchObject({ type: 'NodeUnreachable' });
    });
  });
}
