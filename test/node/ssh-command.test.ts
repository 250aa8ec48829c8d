import { expect, test } from 'vitest';

import { remoteCommand, sshArguments } from '../../src/node/ssh-command.ts';
import type { SshTarget } from '../../src/node/ssh-command.ts';

const target: SshTarget = { nodeName: 'master-0', user: 'core' };
/** The options by name, and what follows them. */
function taken(changed: Partial<SshTarget> = {}) {
  const argv = sshArguments({ ...target, ...changed }, 'the command');
  const end = argv.indexOf('-T');
  const options = argv.slice(0, end).filter((word) => word !== '-o');
  const pairs = options.map((option): [string, string] => {
    const [name = '', value = ''] = option.split(/=(.*)/s);
    return [name, value];
  });
  return { options: new Map(pairs), rest: argv.slice(end) };
}

test('a host key must be known, whatever the configuration of the worker says', () => {
  const { options } = taken();
  expect(options.get('StrictHostKeyChecking')).toBe('yes');
  expect(options.get('VerifyHostKeyDNS')).toBe('no');
  expect(options.get('UpdateHostKeys')).toBe('no');
});

test('nothing is asked, nothing forwarded, and no connection kept for others', () => {
  const { options } = taken();
  expect(Object.fromEntries(options)).toMatchObject({
    BatchMode: 'yes',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    ClearAllForwardings: 'yes',
    ControlMaster: 'no',
    ControlPath: 'none',
    PermitLocalCommand: 'no',
  });
});

test('a cut is noticed within 30 seconds', () => {
  const { options } = taken();
  const [interval, count] = [
    Number(options.get('ServerAliveInterval')),
    Number(options.get('ServerAliveCountMax')),
  ];
  expect(interval * (count + 1)).toBe(30);
});

test('the host cannot be taken for an option, nor the command for several words', () => {
  expect(taken({ host: '10.0.0.5' }).rest).toEqual([
    '-T',
    '-l',
    'core',
    '--',
    '10.0.0.5',
    'the command',
  ]);
});

test.each([
  [{}, undefined, undefined, 'master-0'],
  [{ address: '10.0.0.5' }, '10.0.0.5', 'master-0', 'master-0'],
  [{ address: 'fd00::5', port: 2222 }, 'fd00::5', '[master-0]:2222', 'master-0'],
  [{ host: 'bastion-name', address: '10.0.0.5' }, undefined, undefined, 'bastion-name'],
])('%j goes to %s, known as %s', (changed, hostName, alias, host) => {
  const { options, rest } = taken(changed);
  expect([options.get('HostName'), options.get('HostKeyAlias')]).toEqual([hostName, alias]);
  expect(rest.at(-2)).toBe(host);
});

test('files are named as they are, and then they alone count', () => {
  const { options } = taken({
    identityFile: '/keys/my key 100%',
    knownHosts: '/etc/known "hosts"',
  });
  expect(Object.fromEntries(options)).toMatchObject({
    IdentityFile: '"/keys/my key 100%%"',
    IdentitiesOnly: 'yes',
    UserKnownHostsFile: String.raw`"/etc/known \"hosts\""`,
    GlobalKnownHostsFile: 'none',
  });
  const { options: without } = taken();
  expect([...without.keys()]).not.toContain('IdentityFile');
  expect([...without.keys()]).not.toContain('UserKnownHostsFile');
});

test('every word of the remote command is quoted, and root needs no sudo', () => {
  const form = { stdin: 'empty', mark: 'm' } as const;
  const command = remoteCommand(['printf', '%s', "it's $HOME; `id`"], { ...form, user: 'core' });
  expect(command).toMatch(/^'sudo' '-n' '--' '\/usr\/bin\/env' '-i' /);
  expect(command.endsWith(String.raw` 'printf' '%s' 'it'\''s $HOME; ` + "`id`'")).toBe(true);
  const asRoot = remoteCommand(['true'], { ...form, user: 'root' });
  expect(asRoot).toMatch(/^'\/usr\/bin\/env' '-i' /);
});
