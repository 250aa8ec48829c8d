import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

import { sshShell } from '../../src/node/ssh-shell.ts';
import type { SshTarget } from '../../src/node/ssh-command.ts';
import { waitUntil } from '../../src/testing/index.ts';
import { nodeShellConformance } from '../node/conformance.ts';
import { failureOf } from '../node/shell-bench.ts';
import { startSshMachine } from './ssh-machine.ts';
import type { SshMachine, SshUser } from './ssh-machine.ts';

for (const user of ['core', 'root'] as const) {
  nodeShellConformance(`ssh as ${user}`, async () => {
    const machine = await startSshMachine();
    const shell = sshShell(machine.target(user));
    return {
      shell,
      directory: `/home/${user}`,
      breakConnections: () => machine.relay.cut(),
      reboot: async () => {
        await machine.reboot();
        return shell;
      },
      close: async () => await machine.close(),
    };
  });
}

describe('ssh', () => {
  let machine: SshMachine;
  beforeAll(async () => {
    machine = await startSshMachine();
  });
  afterAll(async () => await machine?.close());
  afterEach(() => vi.unstubAllEnvs());

  const shellAs = (user: SshUser, changed: Partial<SshTarget> = {}) =>
    sshShell({ ...machine.target(user), ...changed });
  const knownHosts = async (text: string): Promise<string> => {
    const path = join(machine.directory, 'other known_hosts');
    await writeFile(path, text);
    return path;
  };
  /** The sessions that sshd has open, as the wire sees them. */
  const idle = async (): Promise<boolean> =>
    await waitUntil('the end of every connection', () =>
      machine.relay.connections === 0 ? true : undefined,
    );

  test('to a node whose host key is unknown is refused for good, and runs nothing there', async () => {
    const path = await knownHosts('');
    const shell = shellAs('core', { knownHosts: path });
    const error = await failureOf(shell.run(['touch', '/home/core/touched']));
    expect(error).toMatchObject({
      type: 'ConfigInvalid',
      nonRetryable: true,
      message: expect.stringContaining(`expected the one in ${path}`),
      details: [{ nextStep: expect.stringContaining(`[127.0.0.1]:${machine.relay.port}`) }],
    });
    expect(await failureOf(shell.open(['true'], { signal }))).toMatchObject({
      type: 'ConfigInvalid',
    });
    expect((await shellAs('core').run(['test', '-e', '/home/core/touched'])).exitCode).toBe(1);
    expect(await readFile(path, 'utf8')).toBe('');
  });

  test('to a node whose host key is another one is refused for good, and the file is left as it was', async () => {
    const other = await readFile(`${await machine.strangersKey()}.pub`, 'utf8');
    const text = `[127.0.0.1]:${machine.relay.port} ${other}`;
    const path = await knownHosts(text);
    const error = await failureOf(shellAs('core', { knownHosts: path }).run(['true']));
    expect(error).toMatchObject({ type: 'ConfigInvalid', nonRetryable: true });
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  test('looks the host key up by the name of the node when the address came from the API', async () => {
    const [, key = ''] = (await readFile(machine.target('core').knownHosts, 'utf8')).split(
      / (.*)/s,
    );
    const { port, identityFile } = { identityFile: '', ...machine.target('core') };
    const path = await knownHosts(`[master-0]:${port} ${key}`);
    const target = { nodeName: 'master-0', address: '127.0.0.1', user: 'core', port: port ?? 22 };
    const shell = sshShell({ ...target, identityFile, knownHosts: path });
    expect((await shell.run(['echo', 'in'])).stdout.toString()).toBe('in\n');
  });

  test('with a key that the node does not know is refused for good, naming the user', async () => {
    const identityFile = await machine.strangersKey();
    expect(await failureOf(shellAs('core', { identityFile }).run(['true']))).toMatchObject({
      type: 'ConfigInvalid',
      nonRetryable: true,
      message: expect.stringMatching(/login refused, ".*Permission denied.*expected core let in/),
    });
  });

  test('as a user whom sudo asks for a password is refused for good, with the line that lets it', async () => {
    expect(await failureOf(shellAs('stranger').run(['true']))).toMatchObject({
      type: 'ConfigInvalid',
      nonRetryable: true,
      message: expect.stringMatching(/sudo refused, "sudo: .*expected stranger to become root/),
      details: [{ nextStep: expect.stringContaining('stranger ALL=(root) NOPASSWD: ALL') }],
    });
  });

  test('to a port where nobody listens is tried again', async () => {
    const path = await knownHosts(await readFile(machine.target('core').knownHosts, 'utf8'));
    const shell = shellAs('core', { port: 1, knownHosts: path });
    expect(await failureOf(shell.run(['true']))).toMatchObject({
      type: 'NodeUnreachable',
      nonRetryable: false,
      message: expect.stringContaining('Connection refused'),
    });
  });

  test('from a worker without ssh says so', async () => {
    vi.stubEnv('PATH', '/nowhere');
    expect(await failureOf(shellAs('core').run(['true']))).toMatchObject({
      type: 'ConfigInvalid',
      message: expect.stringContaining('no ssh on its PATH'),
    });
  });

  test('passes over what the login shell says', async () => {
    const noise = 'echo welcome; echo warning >&2; printf unfinished\n';
    await writeFile(machine.homePath('core', '.bashrc'), noise);
    expect(await shellAs('core').run(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      exitCode: 3,
      stdout: Buffer.from('out\n'),
      stderr: 'err\n',
    });
    const channel = await shellAs('core').open(['cat', '/etc/hostname'], { signal });
    const name = Buffer.alloc(9);
    await channel.read(name);
    expect(name.toString()).toBe('master-0\n');
    await channel.close();
    await writeFile(machine.homePath('core', '.bashrc'), '');
  });

  test('leaves no connection behind, whether its command ended, was given up or was closed', async () => {
    const shell = shellAs('core');
    await shell.run(['true']);
    expect(await idle()).toBe(true);
    const abort = new AbortController();
    const running = failureOf(shell.run(['sleep', '1000'], { signal: abort.signal }));
    await waitUntil('the connection', () => (machine.relay.connections > 0 ? true : undefined));
    abort.abort(new Error('enough'));
    await running;
    expect(await idle()).toBe(true);
    const channel = await shell.open(['sleep', '1000'], { signal });
    await channel.close();
    expect(await idle()).toBe(true);
  });

  test('notices by itself that the node answers no more', async () => {
    const shell = sshShell(machine.target('core'), { aliveSeconds: 1 });
    const lost = failureOf(shell.run(['sh', '-c', ': > /home/core/begun; exec sleep 1000']));
    await waitUntil('the command', async () => {
      const { exitCode } = await shellAs('core').run(['test', '-e', '/home/core/begun']);
      return exitCode === 0 ? true : undefined;
    });
    machine.relay.silence();
    expect(await lost).toMatchObject({
      type: 'NodeUnreachable',
      nonRetryable: false,
      message: expect.stringContaining('the connection broke'),
    });
  });
});

const { signal } = new AbortController();
