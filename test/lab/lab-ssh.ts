import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';

import { unpackedSshServer } from '../../lab/machine/unpacked-packages.ts';
import type { Lab } from '../../lab/index.ts';
import type { ClusterInput } from '../../src/index.ts';
import { makeKey } from './ssh-machine.ts';

/**
 * Starts an sshd on the lab's node, as RHCOS has one: user `core` gets in by key and becomes root by sudo. Leaves keys and
 * known hosts in `directory`. It ends with the node.
 */
export async function startLabSsh(
  lab: Lab,
  directory: string,
): Promise<NonNullable<ClusterInput['ssh']>> {
  const packages = await unpackedSshServer(console.log);
  const { nodeName, nodeAddress } = lab;
  const run = async (argv: readonly string[], stdin = ''): Promise<void> => {
    const { exitCode, stderr } = await lab.exec(argv, { stdin });
    if (exitCode !== 0) throw new Error(`${argv.join(' ')} on the node: ${stderr}`);
  };
  const put = async (path: string, mode: string, text: string): Promise<void> =>
    await run(
      ['sh', '-c', 'mkdir -p "${1%/*}" && cat > "$1" && chmod "$2" "$1"', 'put', path, mode],
      text,
    );

  const identityFile = join(directory, 'key');
  const hostKey = join(directory, 'host_key');
  await makeKey(identityFile);
  await makeKey(hostKey);
  const knownHosts = join(directory, 'known_hosts');
  const publicHostKey = await readFile(`${hostKey}.pub`, 'utf8');
  await writeFile(knownHosts, `${nodeAddress} ${publicHostKey}`);

  await execa('cp', ['-a', `${packages}/usr/.`, lab.nodePath('/usr')]);
  await put('/etc/ssh/host_key', '0600', await readFile(hostKey, 'utf8'));
  await put('/etc/ssh/sshd_config', '0600', sshdConfig(nodeAddress));
  await put('/etc/sudoers', '0440', 'core ALL=(root) NOPASSWD: ALL\n');
  const pam = ['auth', 'account', 'session'].map((kind) => `${kind} required pam_permit.so\n`);
  await put('/etc/pam.d/sudo', '0644', pam.join(''));
  await put('/etc/shadow', '0600', 'root:*:19000::::::\ncore:*:19000::::::\n');
  const account = 'sshd:x:74:74::/run/sshd:/usr/sbin/nologin';
  await run(['sh', '-c', 'echo "$1" >> /etc/passwd; mkdir -p /run/sshd', 'sh', account]);
  const authorized = '/var/home/core/.ssh/authorized_keys';
  await put(authorized, '0600', await readFile(`${identityFile}.pub`, 'utf8'));
  await run(['chown', '-R', 'core:core', '/var/home/core/.ssh']);
  await run(['/usr/sbin/sshd', '-f', '/etc/ssh/sshd_config']);
  return { user: 'core', identityFile, knownHosts, hosts: { [nodeName]: nodeAddress } };
}

function sshdConfig(address: string): string {
  return `ListenAddress ${address}
HostKey /etc/ssh/host_key
PidFile none
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
`;
}
