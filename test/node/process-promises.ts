import { createHash } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import type { NodeChannel } from '../../src/node/node-shell.ts';
import { environment, failureOf, openProcess, read } from './shell-bench.ts';
import type { ShellBench } from './shell-bench.ts';

/** What is promised about processes that are read from exactly. */
export function processPromises(bench: ShellBench): void {
  const open = async (
    argv: readonly string[],
    signal?: AbortSignal,
  ): Promise<NodeChannel & AsyncDisposable> => await openProcess(bench.shell, argv, signal);

  describe('a process', () => {
    test('answers requests with exactly the bytes that were asked for', async () => {
      const file = bench.path();
      const make = 'seq 1 400000 > "$1"; sha256sum < "$1"; stat -c %s "$1"';
      const [digest = '', , size = ''] = (await bench.output(['sh', '-c', make, 'sh', file])).split(
        /\s+/,
      );
      const serve =
        'while read -r o l; do dd if="$1" iflag=skip_bytes,count_bytes,fullblock skip="$o" count="$l" bs=64k status=none; done';
      await using channel = await open(['sh', '-c', serve, 'sh', file]);
      const whole = createHash('sha256');
      for (let offset = 0, length = 1; offset < Number(size); offset += length, length *= 5) {
        length = Math.min(length, Number(size) - offset);
        await channel.write(Buffer.from(`${offset} ${length}\n`));
        whole.update(await read(channel, length));
      }
      expect(whole.digest('hex')).toBe(digest);
    });

    test('is asked for nothing without waiting', async () => {
      await using channel = await open(['sleep', '100000']);
      await expect(channel.read(Buffer.alloc(0))).resolves.toBeUndefined();
    });

    test('runs as commands do', async () => {
      const expected = `${environment.join('\n')}\n/\n`;
      await using channel = await open(['sh', '-c', 'env -u PWD | sort; pwd']);
      const seen = await read(channel, expected.length);
      expect(seen.toString('utf8')).toBe(expected);
    });

    test('gets bytes over stdin as they are', async () => {
      await using channel = await open(['cat']);
      const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
      await channel.write(bytes);
      expect((await read(channel, bytes.length)).equals(bytes)).toBe(true);
    });

    test('may write without end, and is read as far as anybody wants', async () => {
      await using channel = await open(['cat', '/dev/zero']);
      for (let i = 0; i < 8; i++) {
        expect((await read(channel, 1024 * 1024)).every((byte) => byte === 0)).toBe(true);
      }
    });

    test('that writes 100 MB to its error output is read on', async () => {
      const script = 'head -c 100000000 /dev/zero >&2; printf all';
      await using channel = await open(['sh', '-c', script]);
      expect((await read(channel, 3)).toString('utf8')).toBe('all');
    });

    test('that ends fails the read that wanted more, with the count', async () => {
      await using channel = await open(['sh', '-c', 'printf abcde; exit 3']);
      expect((await read(channel, 2)).toString('utf8')).toBe('ab');
      await expect(read(channel, 4)).rejects.toMatchObject({
        type: 'NodeUnreachable',
        nonRetryable: false,
        message: expect.stringContaining('4 bytes, 3 arrived'),
      });
    });

    test('sees its stdin end when its connection is closed', async () => {
      const path = bench.path();
      const channel = await open(['sh', '-c', 'cat > "$1"; : > "$1.ended"', 'sh', path]);
      await channel.write(Buffer.from('all'));
      await channel.close();
      await channel.close();
      await bench.appears(`${path}.ended`);
      expect(await bench.output(['cat', path])).toBe('all');
    });

    test('whose signal aborts rejects what waits with its reason', async () => {
      const reason = new Error('cancelled');
      const abort = new AbortController();
      await using channel = await open(['cat'], abort.signal);
      const waiting = failureOf(read(channel, 1));
      abort.abort(reason);
      expect(await waiting).toBe(reason);
      await expect(read(channel, 1)).rejects.toBe(reason);
      await expect(channel.write(Buffer.of(1))).rejects.toBe(reason);
    });
  });
}
