import type { DebugSession } from '../contracts/run.ts';
import type { ClusterConnection } from '../kubernetes/connect.ts';
import { openExecChannel } from '../kubernetes/exec-channel.ts';
import type { ExecTiming } from '../kubernetes/exec-socket.ts';
import type { ExecTarget } from '../kubernetes/exec-target.ts';
import { runExec } from '../kubernetes/run-exec.ts';
import { checkSession, debugContainer } from './debug-pod.ts';
import { inImage, nodeCommand, stdinLine } from './node-command.ts';
import type { NodeShell } from './node-shell.ts';

const defaultMaxBytes = 1024 * 1024;

/** The exit code after SIGKILL. */
const killed = 137;

/**
 * A {@link NodeShell} through the debug pod of `session`, which must be running: see `ensureDebugPod`. Opens no
 * connection yet; each call opens one of its own, with fresh credentials.
 *
 * @throws `ConfigInvalid`, not retryable, when the session cannot be one. Its calls fail with `NodeUnreachable`,
 * `ClusterUnreachable` (both retryable) or `ClusterDenied` (not retryable).
 */
export function debugPodShell(
  connection: ClusterConnection,
  session: DebugSession,
  timing?: Partial<ExecTiming>,
): NodeShell {
  checkSession(session);
  const { namespace, podName, nodeName } = session;
  const target: ExecTarget = { namespace, podName, nodeName, container: debugContainer };
  return {
    nodeName,
    inImage,
    run: async (argv, { stdin, maxBytes = defaultMaxBytes, signal = neverAborted() } = {}) => {
      const command = nodeCommand(argv, stdin === undefined ? 'empty' : 'line');
      const line = stdin === undefined ? undefined : stdinLine(stdin);
      const options = { maxBytes, signal, timing };
      const result = await runExec(connection, target, command, { ...options, stdin: line });
      // A command that dies with its pod says the same as one that was killed alone; only the latter leaves a container
      // in which another one runs.
      if (result.exitCode === killed) {
        await runExec(connection, target, nodeCommand(['true'], 'empty'), options);
      }
      return result;
    },
    open: async (argv, { signal }) =>
      await openExecChannel(connection, target, nodeCommand(argv, 'stream'), { signal, timing }),
  };
}

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
