import { failure } from '../contracts/failures.ts';
import { serverLine } from '../kubernetes/server-status.ts';
import type { ProcessEnd } from './piped-process.ts';
import { endWords } from './process-end.ts';
import type { SshTarget } from './ssh-command.ts';

/**
 * What a call fails with whose command never began, by what `ssh`, the node's sshd and sudo said. What only a person can
 * mend is not tried again.
 */
export function neverBegun(target: SshTarget, end: ProcessEnd, stderr: Buffer): unknown {
  if (end.kind === 'aborted') return end.reason;
  if (end.kind === 'unstarted' && end.code === 'ENOENT') return noSsh(target);
  const { user, knownHosts, identityFile } = target;
  const where = whereOf(target);
  const said = stderr.toString('utf8');
  const quote = lastLine(said) === '' ? '' : `, "${lastLine(said)}"`;
  if (/host key verification failed|identification has changed|host key is known/i.test(said)) {
    const files = knownHosts ?? "the worker's known_hosts files";
    return failure('ConfigInvalid', {
      observed: `ssh to the node: its host key is another one, or unknown, expected the one in ${files}`,
      where,
      nextStep: `Compare it on the node itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); put the right one into that file under the name ${knownName(target)}.`,
    });
  }
  if (/permission denied|too many authentication failures/i.test(said)) {
    return failure('ConfigInvalid', {
      observed: `ssh to the node: login refused${quote}, expected ${user} let in by key`,
      where: { ...where, identityFile },
      nextStep: `Put the worker's public key into authorized_keys of ${user} on the node, or name another identityFile or user.`,
    });
  }
  if (/\bsudo: /.test(said)) {
    return failure('ConfigInvalid', {
      observed: `ssh to the node: sudo refused${quote}, expected ${user} to become root without a password`,
      where,
      nextStep: `Allow it in /etc/sudoers.d on the node: ${user} ALL=(root) NOPASSWD: ALL`,
    });
  }
  return failure('NodeUnreachable', {
    observed: `ssh to the node: ${words(end)}${quote}, expected the command to begin`,
    where,
  });
}

/** What a call fails with whose command began, and whose end or bytes did not arrive. */
export function connectionLost(
  target: SshTarget,
  end: ProcessEnd,
  stderr: Buffer,
  expected: string,
): unknown {
  if (end.kind === 'aborted') return end.reason;
  const said = lastLine(stderr.toString('utf8'));
  const quote = ownWords.test(said) ? `, "${said}"` : '';
  return failure('NodeUnreachable', {
    observed: `ssh to the node: ${words(end)}${quote}, expected ${expected}`,
    where: whereOf(target),
  });
}

// What ssh itself exits with, whatever went wrong.
const sshFailed = 255;

function words(end: Exclude<ProcessEnd, { readonly kind: 'aborted' }>): string {
  const isSsh = end.kind === 'exited' && end.exitCode === sshFailed;
  return isSsh ? 'the connection broke' : endWords(end);
}

// The rest may be what the command said.
const ownWords =
  /^(Timeout, server|Connection (to|closed|reset)|client_loop|Read from|ssh_dispatch|Bad packet)/;

function noSsh(target: SshTarget): Error {
  return failure('ConfigInvalid', {
    observed: 'ssh to the node: the worker has no ssh on its PATH, expected one',
    where: whereOf(target),
    nextStep: "Install OpenSSH's client where the workers run.",
  });
}

/** The name under which ssh looks the host key up. */
function knownName({ host, nodeName, port }: SshTarget): string {
  const name = host ?? nodeName;
  return port === undefined || port === 22 ? name : `[${name}]:${port}`;
}

function whereOf({
  nodeName,
  host,
  address,
  port,
}: SshTarget): Record<string, string | number | undefined> {
  return { node: nodeName, host: host ?? address, port };
}

function lastLine(text: string): string {
  return serverLine(text.trim().split('\n').at(-1));
}
