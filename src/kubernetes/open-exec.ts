import { subprotocol } from './channels.ts';
import { connect } from './connect.ts';
import type { ClusterConnection } from './connect.ts';
import { withDeadline } from './deadline.ts';
import { ExecSocket, execTiming } from './exec-socket.ts';
import type { ExecSink, ExecTiming } from './exec-socket.ts';
import { execFailure, execPath, upgradeRefusal } from './exec-target.ts';
import type { ExecTarget } from './exec-target.ts';
import { apiUrl, networkReason, readText } from './request.ts';
import { openWebSocket, UpgradeRefused } from './web-socket.ts';
import type { WebSocket, WebSocketOptions } from './web-socket.ts';

/** What opening an exec takes. */
export interface ExecOptions {
  /** Ends the connection, now or later; what waits rejects with its reason. The command may go on. */
  readonly signal: AbortSignal;
  readonly timing?: Partial<ExecTiming> | undefined;
}

/**
 * Starts `command`, one argument per element, in the target's container; `sink` is given its stdout piece by piece.
 *
 * Credentials are read anew and count at the beginning only: the connection outlives its token.
 *
 * @throws `ClusterDenied` (not retryable), `ClusterUnreachable`, `NodeUnreachable` (both retryable), `ConfigInvalid`
 * (not retryable), or the aborted signal's reason
 */
export async function openExec(
  connection: ClusterConnection,
  target: ExecTarget,
  command: readonly string[],
  sink: ExecSink,
  { signal, timing }: ExecOptions,
): Promise<ExecSocket> {
  const times = { ...execTiming, ...timing };
  const late = (): Error =>
    execFailure('ClusterUnreachable', target, `not open after ${times.handshakeMs / 1000} seconds`);
  return await withDeadline(times.handshakeMs, signal, late, async (stop) => {
    const { server, options, headers } = await connect(connection);
    stop.throwIfAborted();
    const url = apiUrl(server, execPath(target), query(target, command));
    const socket = await upgrade(url, { ...options, headers, signal: stop }, target);
    // Nobody waits for it any more.
    if (stop.aborted) socket.terminate();
    return new ExecSocket(socket, target, sink, times, signal);
  });
}

async function upgrade(
  url: URL,
  options: WebSocketOptions,
  target: ExecTarget,
): Promise<WebSocket> {
  try {
    return await openWebSocket(url, subprotocol, options);
  } catch (error) {
    if (!(error instanceof UpgradeRefused)) {
      throw execFailure('ClusterUnreachable', target, networkReason(error));
    }
    const { response } = error;
    const text = await readText(response).catch(() => '');
    throw upgradeRefusal({ status: response.statusCode ?? 0, text, server: url.host }, target);
  }
}

function query(target: ExecTarget, command: readonly string[]): URLSearchParams {
  const streams = { stdin: 'true', stdout: 'true', stderr: 'true' };
  const parameters = new URLSearchParams({ container: target.container, ...streams });
  for (const argument of command) parameters.append('command', argument);
  return parameters;
}
