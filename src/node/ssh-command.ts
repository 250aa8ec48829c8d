import { markedCommand } from './node-command.ts';
import type { NodeStdin } from './node-command.ts';

/** Where `ssh` goes, as whom, and what it trusts. Names files, holds no secret. */
export interface SshTarget {
  readonly nodeName: string;
  readonly user: string;
  /** What ssh is told instead of the node's name: as it stands, with all that ssh's own configuration says of it. */
  readonly host?: string;
  /** The node's address where `host` is not given; its host key is still looked up by its name. */
  readonly address?: string;
  readonly port?: number;
  /** Absolute. */
  readonly identityFile?: string;
  /** Absolute. */
  readonly knownHosts?: string;
}

/** How long an ssh connection may be silent. */
export interface SshTiming {
  /** Seconds until the connection stands. */
  readonly connectSeconds: number;
  /** Seconds between two questions whether the node is there; the third one that stays unanswered ends the connection. */
  readonly aliveSeconds: number;
  /** Milliseconds from the beginning to the first word of the command: connection, login and sudo. */
  readonly readyMs: number;
  /** Milliseconds without a byte of stdout, while a read waits for one, that end the connection. */
  readonly silenceMs: number;
}

/** What holds unless told otherwise: a cut is noticed within 30 seconds. */
export const sshTiming: SshTiming = {
  connectSeconds: 15,
  aliveSeconds: 10,
  readyMs: 45_000,
  silenceMs: 30_000,
};

/**
 * The arguments of `ssh`: whatever the worker's own configuration says, the host key must be known, nothing is asked,
 * nothing is forwarded, no connection outlives the command and no file of the worker is changed. Pure.
 *
 * @see https://github.com/openssh/openssh-portable/blob/V_9_2_P1/ssh_config.5
 */
export function sshArguments(
  target: SshTarget,
  command: string,
  { connectSeconds, aliveSeconds }: SshTiming = sshTiming,
): readonly string[] {
  const { user, port, identityFile, knownHosts } = target;
  const options = {
    BatchMode: 'yes',
    StrictHostKeyChecking: 'yes',
    VerifyHostKeyDNS: 'no',
    UpdateHostKeys: 'no',
    NumberOfPasswordPrompts: 0,
    ConnectTimeout: connectSeconds,
    ConnectionAttempts: 1,
    ServerAliveInterval: aliveSeconds,
    ServerAliveCountMax: 2,
    ControlMaster: 'no',
    ControlPath: 'none',
    ClearAllForwardings: 'yes',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    Tunnel: 'no',
    PermitLocalCommand: 'no',
    RemoteCommand: 'none',
    EscapeChar: 'none',
    LogLevel: 'ERROR',
    ...(knownHosts === undefined
      ? {}
      : {
          UserKnownHostsFile: quotedPath(knownHosts),
          GlobalKnownHostsFile: 'none',
          KnownHostsCommand: 'none',
        }),
    ...(identityFile === undefined
      ? {}
      : { IdentityFile: quotedPath(identityFile), IdentitiesOnly: 'yes' }),
    ...(port === undefined ? {} : { Port: port }),
    ...hostOptions(target),
  };
  return [
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    '-T',
    '-l',
    user,
    '--',
    target.host ?? target.nodeName,
    command,
  ];
}

// The address may come from the API today and not tomorrow; the line in known_hosts must do for both.
function hostOptions({ host, address, nodeName, port }: SshTarget): Record<string, string> {
  if (host !== undefined || address === undefined) return {};
  const alias = port === undefined || port === 22 ? nodeName : `[${nodeName}]:${port}`;
  return { HostName: address, HostKeyAlias: alias };
}

// A path may hold spaces, which separate paths, and `%`, which begins a token.
function quotedPath(path: string): string {
  return `"${path.replaceAll('%', '%%').replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/**
 * The command as one string: the node's sshd hands it to the user's login shell, so every word is in single quotes. Root
 * needs no sudo. Pure.
 */
export function remoteCommand(
  argv: readonly string[],
  {
    stdin,
    mark,
    user,
  }: { readonly stdin: NodeStdin; readonly mark: string; readonly user: string },
): string {
  const sudo = user === 'root' ? [] : ['sudo', '-n', '--'];
  return [...sudo, ...markedCommand(argv, stdin, mark)].map(quoted).join(' ');
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
