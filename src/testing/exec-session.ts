import type { Readable, Writable } from 'node:stream';

import type { WebSocket } from 'ws';

import type { ExecProcess } from './container.ts';
import { disturb } from './disturb-stdout.ts';
import type { ExecPlan } from './exec-plan.ts';
import { execStatus, failureStatus } from './exec-status.ts';
import type { ActiveFault } from './fault-list.ts';
import type { ExecFault } from './faults.ts';

/** The channels of an exec connection: the first byte of every message. */
export const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;

/** What a real server puts into one message at most. */
const frameBytes = 32 * 1024;

/** How much may wait in the socket before the command has to wait. */
const bufferedBytes = 32 * frameBytes;

/**
 * Serves one exec connection until it closes.
 *
 * A command whose connection is gone runs on: it meets the end of its stdin, and a broken pipe at its next write.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/v1.34.4/staging/src/k8s.io/kubelet/pkg/cri/streaming/remotecommand/websocket.go
 */
export async function serveExec(
  socket: WebSocket,
  plan: ExecPlan,
  active: ActiveFault<ExecFault> | undefined,
): Promise<void> {
  // Nothing may arrive before there is a command to take it.
  socket.pause();
  socket.on('error', () => {});
  const started = await start(plan);
  if ('refusal' in started) {
    socket.resume();
    socket.send(frame(channel.status, Buffer.from(started.refusal)));
    socket.close(1000);
    return;
  }
  const { running } = started;
  const { stdin, stdout, stderr } = running;
  const release = () => {
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
  };
  socket.on('close', release);
  if (socket.readyState === socket.CLOSED) release();
  // An empty message tells the client that the connection is there.
  const first = plan.stdout ? channel.stdout : plan.stderr ? channel.stderr : channel.status;
  await send(socket, frame(first, Buffer.alloc(0)));
  forwardStdin(socket, plan, stdin);
  socket.resume();

  const [out, notStarted, exitCode] = await Promise.all([
    pumpStdout(socket, plan, stdout, active),
    pumpStderr(socket, plan, stderr),
    running.exited,
  ]);
  if (socket.readyState !== socket.OPEN || out === 'closed') return;
  if (active?.fault.fault !== 'loseStatus' || !active.strike()) {
    const status = notStarted === '' ? execStatus(exitCode) : failureStatus(notStarted);
    await send(socket, frame(channel.status, Buffer.from(status)));
  }
  socket.close(1000);
}

async function start(plan: ExecPlan): Promise<{ running: ExecProcess } | { refusal: string }> {
  try {
    return { running: await plan.start() };
  } catch (error) {
    return { refusal: failureStatus(error instanceof Error ? error.message : String(error)) };
  }
}

function forwardStdin(socket: WebSocket, { stdin }: ExecPlan, input: Writable): void {
  if (!stdin) input.end();
  let isWaiting = false;
  const goOn = () => {
    if (isWaiting) socket.resume();
    isWaiting = false;
  };
  // A command that is gone takes nothing any more: a connection that waited for it would not see its own end.
  input.on('drain', goOn).on('close', goOn);
  socket.on('message', (data) => {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : []);
    const [first, second] = bytes;
    if (first === channel.close && second === channel.stdin && socket.protocol.startsWith('v5')) {
      input.end();
    }
    if (first !== channel.stdin || bytes.length === 1 || !input.writable) return;
    isWaiting = !input.write(bytes.subarray(1));
    if (isWaiting) socket.pause();
  });
}

async function pumpStdout(
  socket: WebSocket,
  { stdout }: ExecPlan,
  output: Readable,
  active: ActiveFault<ExecFault> | undefined,
): Promise<'ended' | 'closed'> {
  const disturbance = disturb(active);
  for await (const chunk of chunks(output, Buffer.alloc(0))) {
    for (const action of disturbance(chunk)) {
      if (action.do === 'send' && stdout) await sendSplit(socket, action.channel, action.bytes);
      else if (action.do === 'close') socket.close(1000);
      else if (action.do === 'cut') socket.terminate();
      else if (action.do === 'stall') {
        socket.pause();
        void active?.removed.then(() => socket.terminate());
      }
      if (action.do !== 'send') return 'closed';
    }
  }
  return 'ended';
}

// Resolves with why the command could not be started, empty when it could.
async function pumpStderr(
  socket: WebSocket,
  { stderr }: ExecPlan,
  output: Readable,
): Promise<string> {
  let complaint = '';
  let isFirst = true;
  for await (const chunk of chunks(output)) {
    // What starts a command in its container speaks first, and then nobody else does.
    if (complaint !== '' || (isFirst && chunk.toString().startsWith('nsenter: '))) {
      complaint += chunk.toString();
    } else if (stderr) {
      await sendSplit(socket, channel.stderr, chunk);
    }
    isFirst = false;
  }
  return complaint.trim().replace('nsenter: ', 'error executing command in container: ');
}

// A stream that is destroyed with its connection just ends.
async function* chunks(stream: Readable, ...first: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* first;
  try {
    for await (const chunk of stream) if (Buffer.isBuffer(chunk)) yield chunk;
  } catch {
    // Its connection is gone.
  }
}

async function sendSplit(socket: WebSocket, to: number, bytes: Buffer): Promise<void> {
  for (let offset = 0; offset < bytes.length; offset += frameBytes) {
    await send(socket, frame(to, bytes.subarray(offset, offset + frameBytes)));
  }
}

async function send(socket: WebSocket, message: Buffer): Promise<void> {
  if (socket.readyState !== socket.OPEN) return;
  const sent = Promise.withResolvers<void>();
  socket.send(message, () => sent.resolve());
  if (socket.bufferedAmount > bufferedBytes) await sent.promise;
}

function frame(to: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(to), bytes]);
}
