import { randomBytes } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { environment, failureOf } from './shell-bench.ts';
import type { ShellBench } from './shell-bench.ts';

/** What is promised about commands that run to their end. */
export function commandPromises(bench: ShellBench): void {
  describe('a command', () => {
    test('gets its arguments as they are', async () => {
      const hostile = [
        '',
        ' ',
        'two words',
        '$HOME `id` $(id)',
        `'"\\`,
        '; exit 3 & | > /x',
        'a\nb\n',
        '*',
        '-n',
        '--',
        'A=B',
        'ä€😀',
        '%s%n+&=?#',
      ];
      const printed = await bench.output(['printf', '%s\\0', ...hostile]);
      expect(printed.split('\0')).toEqual([...hostile, '']);
    });

    test('has nothing but PATH, HOME and LC_ALL in its environment', async () => {
      const printed = await bench.output(['env']);
      expect(printed.trimEnd().split('\n').sort()).toEqual(environment);
    });

    test('is root, in /, and what it makes is for root alone', async () => {
      const path = bench.path();
      const script = 'id -u; pwd; mkdir "$1"; : > "$1/file"; stat -c %a "$1" "$1/file"';
      expect(await bench.output(['sh', '-c', script, 'sh', path])).toBe('0\n/\n700\n600\n');
    });

    test('sees an empty stdin when it is given none', async () => {
      expect(await bench.output(['cat'])).toBe('');
    });

    test.each([0, 1, 65_536, 300_000])(
      'sees %i bytes of stdin whole, and its end',
      async (size) => {
        const stdin = randomBytes(size);
        const { exitCode, stdout } = await bench.shell.run(['cat'], { stdin });
        expect(exitCode).toBe(0);
        expect(stdout.equals(stdin)).toBe(true);
      },
    );

    test('may leave its stdin unread', async () => {
      const stdin = randomBytes(300_000);
      expect(await bench.shell.run(['true'], { stdin })).toMatchObject({ exitCode: 0 });
      expect(await bench.shell.run(['sh', '-c', 'exit 5'], { stdin })).toMatchObject({
        exitCode: 5,
      });
      expect((await bench.shell.run(['head', '-c', '3'], { stdin })).stdout).toEqual(
        stdin.subarray(0, 3),
      );
    });

    test('keeps what comes over stdin out of every command line and environment', async () => {
      const secret = randomBytes(16).toString('hex');
      const [half, base64] = [secret.slice(4, 24), Buffer.from(secret).toString('base64')];
      const script = 'read -r x; cat /proc/[0-9]*/cmdline /proc/self/environ 2>/dev/null; :';
      const seen = await bench.output(['sh', '-c', script], { stdin: Buffer.from(`${secret}\n`) });
      expect(seen).toContain('read -r x');
      expect(seen).not.toContain(half);
      expect(seen).not.toContain(base64.slice(4, 24));
    });

    test.each([
      [['true'], 0],
      [['false'], 1],
      [['sh', '-c', 'exit 42'], 42],
      [['sh', '-c', 'exit 255'], 255],
      [['sh', '-c', 'kill -KILL $$'], 137],
      [['no-such-command'], 127],
      [['/etc/passwd'], 126],
    ])('%j ends with a result, exit code %i', async (argv, exitCode) => {
      expect(await bench.shell.run(argv)).toMatchObject({ exitCode });
    });

    test('has its output and its error output told apart, byte by byte', async () => {
      const every = Array.from({ length: 256 }, (_, byte) => `\\0${byte.toString(8)}`).join('');
      const script = 'printf %b "$1"; echo no >&2; exit 1';
      expect(await bench.shell.run(['sh', '-c', script, 'sh', every])).toEqual({
        exitCode: 1,
        stdout: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
        stderr: 'no\n',
      });
    });

    test('has 64 KiB of its error output kept', async () => {
      const { exitCode, stderr } = await bench.shell.run([
        'sh',
        '-c',
        'head -c 100000 /dev/zero | tr "\\0" x >&2',
      ]);
      expect(exitCode).toBe(0);
      expect(stderr).toBe('x'.repeat(65_536));
    });

    test('may write 100 MB to its error output, and its output is whole', async () => {
      const script = 'head -c 100000000 /dev/zero >&2; echo all; exit 7';
      const { exitCode, stdout, stderr } = await bench.shell.run(['sh', '-c', script]);
      expect(stdout.toString('utf8')).toBe('all\n');
      expect(exitCode).toBe(7);
      expect(Buffer.byteLength(stderr)).toBe(65_536);
    });

    test('may write as much as was allowed for, and fails with more', async () => {
      const write = (size: number) => ['head', '-c', String(size), '/dev/zero'];
      expect((await bench.shell.run(write(1024 * 1024))).stdout).toHaveLength(1024 * 1024);
      await expect(bench.shell.run(write(1024 * 1024 + 1))).rejects.toThrow('1048576 bytes');
      expect((await bench.shell.run(write(10), { maxBytes: 10 })).stdout).toHaveLength(10);
      await expect(bench.shell.run(write(10), { maxBytes: 9 })).rejects.toThrow('9 bytes');
    });

    test('may run beside others', async () => {
      const outputs = await Promise.all(
        ['a', 'b', 'c', 'd'].map(async (word) => await bench.output(['echo', word])),
      );
      expect(outputs).toEqual(['a\n', 'b\n', 'c\n', 'd\n']);
    });
  });

  describe('a signal', () => {
    const reason = new Error('cancelled');

    test('that is aborted already starts nothing', async () => {
      const path = bench.path();
      const signal = AbortSignal.abort(reason);
      await expect(bench.shell.run(['touch', path], { signal })).rejects.toBe(reason);
      await expect(bench.shell.open(['touch', path], { signal })).rejects.toBe(reason);
      expect((await bench.shell.run(['test', '-e', path])).exitCode).toBe(1);
    });

    test('that aborts ends the call of a command that never ends', async () => {
      const abort = new AbortController();
      const [started, pid] = [bench.path(), bench.path()];
      const script = 'echo $$ > "$2"; : > "$1"; exec sleep 100000';
      const argv = ['sh', '-c', script, 'sh', started, pid];
      const aborted = failureOf(bench.shell.run(argv, { signal: abort.signal }));
      await bench.appears(started);
      abort.abort(reason);
      expect(await aborted).toBe(reason);
      await bench.output(['sh', '-c', 'kill "$(cat "$1")"', 'sh', pid]);
    });

    test('that aborts ends the call with its reason, and leaves the command running', async () => {
      const path = bench.path();
      const abort = new AbortController();
      const script = 'mkfifo "$1"; : > "$1.started"; cat "$1" > "$1.got"; : > "$1.ended"';
      const running = bench.shell.run(['sh', '-c', script, 'sh', path], { signal: abort.signal });
      const aborted = failureOf(running);
      await bench.appears(`${path}.started`);
      abort.abort(reason);
      expect(await aborted).toBe(reason);
      await bench.output(['sh', '-c', 'echo alive > "$1"', 'sh', path]);
      await bench.appears(`${path}.ended`);
      expect(await bench.output(['cat', `${path}.got`])).toBe('alive\n');
    });
  });
}
