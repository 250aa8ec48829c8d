import { describe, expect, test } from 'vitest';

import { failureOf } from './shell-bench.ts';
import type { ShellBench } from './shell-bench.ts';

const detach =
  'setsid -f sh -c \'echo $$ > "$1"; exec sleep 234567\' sh "$1" > /dev/null 2>&1 < /dev/null';

// The brackets keep it from finding itself.
const countSleeping = 'grep -lzx "[2]34567" /proc/[0-9]*/cmdline 2> /dev/null | wc -l';

/** What is promised of a node that is booted anew while it is used. Asked last: it is another shell afterwards. */
export function rebootPromises(bench: ShellBench): void {
  describe('a node that reboots', () => {
    test('fails what ran, and answers under another boot id, its files there and no process of before', async () => {
      const [pid, started] = [bench.path(), bench.path()];
      const bootId = async () => await bench.output(['cat', '/proc/sys/kernel/random/boot_id']);
      const sleeping = async () => await bench.output(['sh', '-c', countSleeping]);
      const before = await bootId();
      await bench.output(['sh', '-c', detach, 'sh', pid]);
      await bench.appears(pid);
      const lost = failureOf(
        bench.shell.run(['sh', '-c', ': > "$1"; exec sleep 234567', 'sh', started]),
      );
      await bench.appears(started);
      expect(await sleeping()).toBe('2\n');

      await bench.reboot();
      expect(await lost).toMatchObject({ type: 'NodeUnreachable', nonRetryable: false });
      expect(await bootId()).not.toBe(before);
      expect(await bench.output(['cat', pid])).toMatch(/^\d+\n$/);
      expect(await sleeping()).toBe('0\n');
    });
  });
}
