import type { IncomingMessage } from 'node:http';

import { WebSocket } from 'ws';

import { maxMessageBytes, subprotocols } from './channels.ts';
import { connect } from './connect.ts';
import type { ClusterConnection, Endpoint } from './connect.ts';
import { withDeadline } from './deadline.ts';
import { ExecSocket, execTiming } from './exec-socket.ts';
import type { ExecSink, ExecTiming } from './exec-socket.ts';
import { execFailure, execPath, upgradeRefusal } from './exec-target.ts';
import type { ExecTarget } from './exec-target.ts';
import { apiUrl, networkReason, readText } from './request.ts';

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
    const { server, options } = await connect(connection);
    stop.throwIfAborted();
    const url = apiUrl(server, execPath(target), query(target, command));
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = openSocket(url, options, target);
    const exec = new ExecSocket(socket, target, sink, times, signal);
    stop.addEventListener('abort', () => socket.terminate(), { once: true });
    await opened(socket, target);
    return exec;
  });
}

function openSocket(url: URL, options: Endpoint['options'], target: ExecTarget): WebSocket {
  try {
    const ours = { ...options, perMessageDeflate: false, maxPayload: maxMessageBytes };
    return new WebSocket(url, [...subprotocols], ours);
  } catch (error) {
    throw execFailure('ClusterUnreachable', target, networkReason(error));
  }
}

function query(target: ExecTarget, command: readonly string[]): URLSearchParams {
  const streams = { stdin: 'true', stdout: 'true', stderr: 'true' };
  const parameters = new URLSearchParams({ container: target.container, ...streams });
  for (const argument of command) parameters.append('command', argument);
  return parameters;
}

async function opened(socket: WebSocket, target: ExecTarget): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const refused = async (response: IncomingMessage): Promise<void> => {
    const text = await readText(response).catch(() => '');
    const { host } = new URL(socket.url);
    reject(upgradeRefusal({ status: response.statusCode ?? 0, text, server: host }, target));
    socket.terminate();
  };
  socket.on('open', resolve);
  socket.on('unexpected-response', (_request, response) => void refused(response));
  socket.on('error', (error) =>
    reject(execFailure('ClusterUnreachable', target, networkReason(error))),
  );
  await promise;
}
