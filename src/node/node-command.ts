const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * What a command's stdin is: `empty`, the connection's own (`stream`), or one line of base64 read from it (`line`). The
 * line is read whole before the command starts, so that a connection that breaks cannot give it a part; and the command
 * sees stdin end although the connection cannot say so.
 */
export type NodeStdin = 'empty' | 'stream' | 'line';

const body: Record<NodeStdin, string> = {
  empty: '"$@" </dev/null',
  stream: 'exec "$@"',
  line: 'IFS= read -r line || exit 1; printf %s "$line" | base64 -d | "$@"',
};

/** Root, the host's file system and nothing else of the image's: what the `NodeShell` port promises, around `argv`. Pure. */
export function nodeCommand(argv: readonly string[], stdin: NodeStdin): readonly string[] {
  const exec = stdin === 'empty' ? 'exec ' : '';
  return ['chroot', '/host', ...rootCommand(argv, `${exec}${body[stdin]}`)];
}

/** The same for a process that is root in the node's file system already. Pure. */
export function localCommand(argv: readonly string[], stdin: NodeStdin): readonly string[] {
  const exec = stdin === 'empty' ? 'exec ' : '';
  return rootCommand(argv, `${exec}${body[stdin]}`);
}

/**
 * The same for a connection whose own words come over the same pipes: `mark` and a line feed go before the first byte of
 * stdout and of stderr; but for a `stream`, `mark`, a space and the exit code in three digits follow the last byte of stdout.
 */
export function markedCommand(
  argv: readonly string[],
  stdin: NodeStdin,
  mark: string,
): readonly string[] {
  const begun = `mark=$1; shift; printf '%s\\n' "$mark"; printf '%s\\n' "$mark" >&2`;
  const ended = stdin === 'stream' ? '' : `; printf '%s %03d\\n' "$mark" "$?"`;
  return rootCommand(argv, `${begun}; ${body[stdin]}${ended}`, mark);
}

function rootCommand(
  argv: readonly string[],
  script: string,
  ...more: readonly string[]
): readonly string[] {
  // `env` would take such a first word for an option or an assignment.
  if (!/^[^-=][^=]*$/s.test(argv[0] ?? '')) {
    throw new TypeError(
      `argv: expected the name of a command first, got ${JSON.stringify(argv[0])}`,
    );
  }
  const env = ['/usr/bin/env', '-i', `PATH=${path}`, 'HOME=/root', 'LC_ALL=C'];
  // The second `env` takes away what the shell itself adds: PWD, SHLVL, _.
  return [...env, '/bin/sh', '-c', `umask 077; cd /; ${script}`, 'sh', ...more, ...env, ...argv];
}

/** What goes over the connection for stdin of kind `line`. */
export function stdinLine(bytes: Uint8Array): Buffer {
  return Buffer.from(`${Buffer.from(bytes).toString('base64')}\n`);
}

/**
 * Words before a command, anywhere in what {@link nodeCommand} starts: the command is the image's, in the image's file system. No other
 * program of the image is needed: chroot has left the mount namespace as it was, and whoever enters one is at its root.
 *
 * @see https://github.com/torvalds/linux/blob/v4.18/fs/namespace.c
 */
export const inImage: readonly string[] = ['nsenter', '--mount=/proc/self/ns/mnt', '--'];
