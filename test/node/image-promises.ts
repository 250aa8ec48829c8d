import { describe, expect, test } from 'vitest';

import { environment } from './shell-bench.ts';
import type { ShellBench } from './shell-bench.ts';

/** What is promised about commands of the image, where the node is reached through a pod. */
export function imagePromises(bench: ShellBench): void {
  describe('a command of the image', () => {
    const inImage = (...argv: readonly string[]) => [...(bench.shell.inImage ?? []), ...argv];

    test("has the image's root file system, not the node's", async () => {
      const identity = ['stat', '-c', '%d %i', '/'];
      expect(await bench.output(inImage(...identity))).not.toBe(await bench.output(identity));
      const path = bench.path();
      await bench.output(['touch', path]);
      expect((await bench.shell.run(inImage('cat', path))).exitCode).toBe(1);
      expect((await bench.shell.run(inImage('cat', `/host${path}`))).exitCode).toBe(0);
    });

    test('runs as commands do', async () => {
      const printed = await bench.output(inImage('env'));
      expect(printed.trimEnd().split('\n').sort()).toEqual(environment);
      expect(await bench.output(inImage('id', '-u'))).toBe('0\n');
      expect(await bench.output(inImage('pwd'))).toBe('/\n');
      expect(await bench.output(inImage('printf', '%s', ' two  words', '$HOME'))).toBe(
        ' two  words$HOME',
      );
    });

    test('that the image does not have ends with a result', async () => {
      // The stand-in's kubelet takes the first words of an nsenter for a complaint of its own.
      const argv = ['sh', '-c', '"$@" 2>/dev/null', 'sh', ...inImage('no-such-command')];
      expect(await bench.shell.run(argv)).toMatchObject({ exitCode: 127 });
    });

    test('reads and writes what a program on the node gives it', async () => {
      const path = bench.path();
      const script = 'path=$1; shift; echo all | "$@" >"$path"; cat "$path"';
      const argv = ['sh', '-c', script, 'sh', path, ...inImage('cat')];
      expect(await bench.output(argv)).toBe('all\n');
    });
  });
}

/** What is promised where there is no pod. */
export function noImagePromises(bench: ShellBench): void {
  test('no command can be one of an image', () => {
    expect(bench.shell.inImage).toBeUndefined();
  });
}
