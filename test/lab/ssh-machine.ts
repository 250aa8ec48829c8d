import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, chmod, chown, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { execa } from 'execa';

import { unpackedSshServer } from '../../lab/machine/unpacked-packages.ts';
import type { SshTarget } from '../../src/node/ssh-command.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { waitUntil } from '../../src/testing/index.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { startTcpRelay } from './tcp-relay.ts';
import type { TcpRelay } from './tcp-relay.ts';

/** A user of the machine: `core` becomes root by sudo without a password, `stranger` may not. */
export type SshUser = 'core' | 'root' | 'stranger';

/** A machine that lets people in by ssh: a real sshd and a real sudo on loopback, with processes of its own. */
export interface SshMachine {
  readonly directory: string;
  readonly relay: TcpRelay;
  /** What a client needs to get in as this user. */
  target(user: SshUser): SshTarget & { readonly knownHosts: string };
  /** Makes a key that nobody knows; gives the path of its private half. */
  strangersKey(): Promise<string>;
  /** Where this machine sees a path in the home of a user. */
  homePath(user: SshUser, name: string): string;
  /** Ends every process on it, and boots it under another boot id. */
  reboot(): Promise<void>;
  close(): Promise<void>;
}

const script = fileURLToPath(new URL('ssh-machine.sh', import.meta.url));
const uids = { core: 1000, root: 0, stranger: 1001 } as const;
const users: readonly SshUser[] = ['core', 'root', 'stranger'];

/** Starts one; needs root. */
export async function startSshMachine(): Promise<SshMachine> {
  const packages = await unpackedSshServer(console.log);
  const state = await temporaryDirectory('ssh');
  const port = await freePort();
  const relay = await startTcpRelay({ port });
  await makeKey(join(state, 'host_key'));
  await makeKey(join(state, 'key'));
  await makeEtc(join(state, 'etc'));
  await makeHomes(state);
  await writeFile(join(state, 'sshd_config'), sshdConfig(state, port));
  const knownHosts = join(state, 'known_hosts');
  const hostKey = await readFile(join(state, 'host_key.pub'), 'utf8');
  await writeFile(knownHosts, `[127.0.0.1]:${relay.port} ${hostKey}`);

  let machine = await boot(packages, state, port);
  return {
    directory: state,
    relay,
    target: (user) => ({
      nodeName: 'master-0',
      host: '127.0.0.1',
      port: relay.port,
      user,
      identityFile: join(state, 'key'),
      knownHosts,
    }),
    async strangersKey() {
      const path = join(state, randomUUID());
      await makeKey(path);
      return path;
    },
    homePath: (user, name) => join(state, 'home', user, name),
    async reboot() {
      await end(machine);
      machine = await boot(packages, state, port);
    },
    async close() {
      await end(machine);
      await relay.close();
      await rm(state, { recursive: true, force: true });
    },
  };
}

async function boot(packages: string, state: string, port: number): Promise<ChildProcess> {
  await writeFile(join(state, 'boot-id'), `${randomUUID()}\n`);
  const log = await open(join(state, 'log'), 'a');
  const namespaces = ['--mount', '--propagation', 'private', '--uts', '--pid', '--fork'];
  const argv = [...namespaces, '--kill-child', 'bash', script, packages, state];
  // It ends when the test is killed.
  const machine = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...argv], {
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  await waitUntil('sshd', async () => {
    if (machine.exitCode === null) return (await answers(port)) ? true : undefined;
    throw new Error(`the machine ended: ${await readFile(join(state, 'log'), 'utf8')}`);
  });
  return machine;
}

async function end(machine: ChildProcess): Promise<void> {
  if (machine.exitCode !== null || machine.signalCode !== null) return;
  machine.kill('SIGKILL');
  await once(machine, 'close');
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'data', { signal: AbortSignal.timeout(1_000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Makes a key without a passphrase; `.pub` has its public half. */
export async function makeKey(path: string): Promise<void> {
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
}

async function makeEtc(etc: string): Promise<void> {
  await mkdir(join(etc, 'sudoers.d'), { recursive: true });
  await chmod(etc, 0o755);
  const line = (user: SshUser): string =>
    `${user}:x:${uids[user]}:${uids[user]}::/home/${user}:/bin/bash\n`;
  await writeFile(
    join(etc, 'passwd'),
    `${users.map(line).join('')}sshd:x:74:74::/run/sshd:/usr/sbin/nologin\nnobody:x:65534:65534::/:/usr/sbin/nologin\n`,
  );
  const group = users.map((user) => `${user}:x:${uids[user]}:\n`).join('');
  await writeFile(join(etc, 'group'), `${group}sshd:x:74:\n`);
  // A star is no password; an exclamation mark would lock the account.
  const shadow = users.map((user) => `${user}:*:19000:0:99999:7:::\n`).join('');
  await writeFile(join(etc, 'shadow'), shadow, { mode: 0o600 });
  await writeFile(join(etc, 'hostname'), 'master-0\n');
  await writeFile(join(etc, 'hosts'), '127.0.0.1 localhost master-0\n');
  const sudoers = join(etc, 'sudoers.d', 'core');
  await writeFile(sudoers, 'core ALL=(root) NOPASSWD: ALL\n', { mode: 0o440 });
}

async function makeHomes(state: string): Promise<void> {
  const key = await readFile(join(state, 'key.pub'), 'utf8');
  for (const user of users) {
    const home = join(state, 'home', user);
    await mkdir(join(home, '.ssh'), { recursive: true, mode: 0o700 });
    await appendFile(join(home, '.ssh', 'authorized_keys'), key, { mode: 0o600 });
    for (const path of [home, join(home, '.ssh'), join(home, '.ssh', 'authorized_keys')]) {
      await chown(path, uids[user], uids[user]);
    }
  }
  for (const path of [state, join(state, 'home')]) await chmod(path, 0o755);
}

function sshdConfig(state: string, port: number): string {
  return `Port ${port}
ListenAddress 127.0.0.1
HostKey ${state}/host_key
PidFile none
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
LogLevel ERROR
`;
}
