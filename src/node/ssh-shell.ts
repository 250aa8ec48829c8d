import { randomBytes } from 'node:crypto';

import { stdinLine } from './node-command.ts';
import type { NodeStdin } from './node-command.ts';
import type { CommandResult, NodeShell } from './node-shell.ts';
import { PipedProcess } from './piped-process.ts';
import type { ProcessEnd } from './piped-process.ts';
import { processChannel } from './process-channel.ts';
import { collectOutput, defaultMaxBytes, maxStderrBytes, tooMuchOutput } from './process-output.ts';
import { remoteCommand, sshArguments, sshTiming } from './ssh-command.ts';
import type { SshTarget, SshTiming } from './ssh-command.ts';
import { connectionLost, neverBegun } from './ssh-failure.ts';

/**
 * A {@link NodeShell} through the `ssh` of this worker, as root by `sudo -n`. Opens no connection yet; each call opens one of
 * its own, which ends with the command, and never leaves one behind for others. The host key must be known.
 *
 * Its calls fail with `NodeUnreachable` (retryable), or `ConfigInvalid` (not retryable) when the host key, the login or sudo
 * is refused, or there is no `ssh`.
 */
export function sshShell(target: SshTarget, timing: Partial<SshTiming> = {}): NodeShell {
  const times = { ...sshTiming, ...timing };
  const { nodeName, user } = target;

  const start = async (
    argv: readonly string[],
    stdin: NodeStdin,
    signal: AbortSignal,
    input?: Buffer,
  ): Promise<Begun> => {
    const mark = randomBytes(16).toString('hex');
    const command = remoteCommand(argv, { stdin, mark, user });
    const options = { signal, whenLeft: 'end' } as const;
    const process = new PipedProcess('ssh', sshArguments(target, command, times), options);
    if (stdin !== 'stream') process.finishStdin(input);
    const late = (): void => process.lose(`not open after ${times.readyMs / 1000} seconds`);
    const timer = setTimeout(late, times.readyMs);
    try {
      if (await begins(process, mark)) return { process, mark };
      throw neverBegun(target, await process.ended, process.stderr.head);
    } finally {
      clearTimeout(timer);
    }
  };
  const lost = ({ process }: Begun, end: ProcessEnd, expected: string): unknown =>
    connectionLost(target, end, process.stderr.tail, expected);

  return {
    nodeName,
    run: async (argv, { stdin, maxBytes = defaultMaxBytes, signal = neverAborted() } = {}) => {
      const [form, input] =
        stdin === undefined
          ? (['empty', undefined] as const)
          : (['line', stdinLine(stdin)] as const);
      const begun = await start(argv, form, signal, input);
      const output = await collectOutput(begun.process, nodeName, maxBytes, trailerBytes);
      const result = readResult(output, begun);
      if (result === undefined) throw lost(begun, await begun.process.ended, 'an exit code');
      if (result.stdout.length > maxBytes) throw tooMuchOutput(maxBytes, nodeName);
      return result;
    },
    open: async (argv, { signal }) => {
      const begun = await start(argv, 'stream', signal);
      const failureOf = (end: ProcessEnd, expected: string): unknown => lost(begun, end, expected);
      return processChannel(begun.process, { silenceMs: times.silenceMs, failureOf });
    },
  };
}

/** A command that has begun: its mark has come. */
interface Begun {
  readonly process: PipedProcess;
  readonly mark: string;
}

/** What a login shell may say before. */
const maxNoiseBytes = 64 * 1024;

/** Reads up to the mark with which the command begins; `false` where it never comes. */
async function begins(process: PipedProcess, mark: string): Promise<boolean> {
  let seen = Buffer.alloc(0);
  for (;;) {
    const bytes = await process.next();
    if (bytes === undefined) return false;
    seen = Buffer.concat([seen, bytes]);
    const at = seen.indexOf(`${mark}\n`);
    if (at >= 0) {
      process.unread(seen.subarray(at + mark.length + 1));
      return true;
    }
    if (seen.length > maxNoiseBytes) process.lose('its login shell does not come to the command');
  }
}

/** A mark, a space, three digits and a line feed. */
const trailerBytes = 32 + 5;

/** What came between the marks; `undefined` where the last one is missing: then the connection was lost on the way. */
function readResult(output: Buffer, { process, mark }: Begun): CommandResult | undefined {
  const end = output.lastIndexOf(`${mark} `);
  const code = /^\d{3}\n/.exec(output.toString('latin1', end + mark.length + 1));
  if (end < 0 || code === null) return undefined;
  const { head } = process.stderr;
  const begin = head.indexOf(`${mark}\n`);
  const stderr = begin < 0 ? head : head.subarray(begin + mark.length + 1);
  return {
    exitCode: Number(code[0]),
    stdout: output.subarray(0, end),
    stderr: stderr.subarray(0, maxStderrBytes).toString('utf8'),
  };
}

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
