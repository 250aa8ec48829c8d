import { failure } from '../contracts/failures.ts';
import { localCommand, stdinLine } from './node-command.ts';
import type { NodeStdin } from './node-command.ts';
import type { NodeShell } from './node-shell.ts';
import { PipedProcess } from './piped-process.ts';
import type { ProcessEnd } from './piped-process.ts';
import { processChannel } from './process-channel.ts';
import { endWords } from './process-end.ts';
import { collectOutput, defaultMaxBytes, maxStderrBytes } from './process-output.ts';

const silenceMs = 30_000;

/**
 * A {@link NodeShell} on the machine of this process, which must be the node, and root there: see `requireThisNode`. There is
 * no connection to lose; a command whose call was aborted goes on, also after this process.
 */
export function localShell(nodeName: string): NodeShell {
  const start = (argv: readonly string[], stdin: NodeStdin, signal: AbortSignal): PipedProcess => {
    const [file = '', ...rest] = localCommand(argv, stdin);
    return new PipedProcess(file, rest, { signal, whenLeft: 'leave' });
  };
  const failureOf = (end: ProcessEnd, expected: string): unknown =>
    end.kind === 'aborted'
      ? end.reason
      : failure('NodeUnreachable', {
          observed: `command on this node: ${endWords(end)}, expected ${expected}`,
          where: { node: nodeName },
        });
  return {
    nodeName,
    run: async (argv, { stdin, maxBytes = defaultMaxBytes, signal = neverAborted() } = {}) => {
      const process = start(argv, stdin === undefined ? 'empty' : 'line', signal);
      process.finishStdin(stdin === undefined ? undefined : stdinLine(stdin));
      const stdout = await collectOutput(process, nodeName, maxBytes);
      const end = await process.ended;
      if (end.kind !== 'exited') throw failureOf(end, 'an exit code');
      const stderr = process.stderr.head.subarray(0, maxStderrBytes).toString('utf8');
      return { exitCode: end.exitCode, stdout, stderr };
    },
    open: async (argv, { signal }) =>
      processChannel(start(argv, 'stream', signal), { silenceMs, failureOf }),
  };
}

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
