import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { sshShell } from '../../src/node/ssh-shell.ts';
import { failureOf } from './shell-bench.ts';

// How `ssh` may end, by a program in its place. What it does on a real sshd is in test/lab/ssh-shell.test.ts.
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'etcd-backup-ssh-program-'));
  vi.stubEnv('PATH', `${directory}:${process.env['PATH']}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

const { signal } = new AbortController();
const shell = sshShell(
  { nodeName: 'master-0', user: 'root', knownHosts: '/etc/known_hosts' },
  { readyMs: 5_000 },
);

/** Puts a program in the place of `ssh`; `"$command"` is what it was to run on the node. */
async function putSsh(body: string): Promise<void> {
  const path = join(directory, 'ssh');
  await writeFile(path, `#!/bin/sh\nfor command; do :; done\n${body}\n`);
  await chmod(path, 0o755);
}

describe('a command over ssh', () => {
  test('that exits with 255 has that exit code, and the connection is not blamed', async () => {
    await putSsh('exec sh -c "$command"');
    expect(await shell.run(['sh', '-c', 'echo out; exit 255'])).toEqual({
      exitCode: 255,
      stdout: Buffer.from('out\n'),
      stderr: '',
    });
  });

  test('whose connection breaks after all of its output has no exit code', async () => {
    await putSsh('sh -c "$command" | head -n 2; exit 255');
    expect(await failureOf(shell.run(['echo', 'out']))).toMatchObject({
      type: 'NodeUnreachable',
      nonRetryable: false,
      message: expect.stringContaining('the connection broke, expected an exit code'),
    });
  });

  test('whose ssh ends as if all were well has no exit code either', async () => {
    await putSsh('sh -c "$command" | head -n 2; exit 0');
    expect(await failureOf(shell.run(['echo', 'out']))).toMatchObject({ type: 'NodeUnreachable' });
  });

  test('that never begins is not waited for', async () => {
    await putSsh('exec sleep 1000');
    const hasty = sshShell({ nodeName: 'master-0', user: 'root' }, { readyMs: 50 });
    const expected = {
      type: 'NodeUnreachable',
      nonRetryable: false,
      message: expect.stringContaining('not open after 0.05 seconds'),
    };
    expect(await failureOf(hasty.run(['true']))).toMatchObject(expected);
    expect(await failureOf(hasty.open(['true'], { signal }))).toMatchObject(expected);
  });
});

test.each([
  ['Host key verification failed.', 'ConfigInvalid', '/etc/known_hosts'],
  ['No ED25519 host key is known for master-0 and you ...', 'ConfigInvalid', '/etc/known_hosts'],
  ['root@master-0: Permission denied (publickey).', 'ConfigInvalid', 'Permission denied'],
  ['sudo: a password is required', 'ConfigInvalid', 'a password is required'],
  ['bash: line 1: sudo: command not found', 'ConfigInvalid', 'command not found'],
  ['ssh: connect to host master-0 port 22: No route to host', 'NodeUnreachable', 'No route'],
  ['kex_exchange_identification: Connection reset', 'NodeUnreachable', 'Connection reset'],
  ['', 'NodeUnreachable', 'the connection broke'],
])('"%s" before the command begins is %s', async (said, type, words) => {
  await putSsh(`echo "${said}" >&2; exit 255`);
  expect(await failureOf(shell.run(['true']))).toMatchObject({
    type,
    nonRetryable: type === 'ConfigInvalid',
    message: expect.stringContaining(words),
  });
});

test('what a command says of host keys or sudo decides nothing', async () => {
  await putSsh('exec sh -c "$command"');
  const words = 'Host key verification failed. sudo: a password is required';
  expect(await shell.run(['sh', '-c', 'echo "$1" >&2; exit 1', 'sh', words])).toEqual({
    exitCode: 1,
    stdout: Buffer.alloc(0),
    stderr: `${words}\n`,
  });
});
