import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

import { failure } from '../../src/contracts/failures.ts';
import type { NodeChannel, NodeShell } from '../../src/node/node-shell.ts';

/** A shell on this machine: the commands are real processes, as on a node. */
export function createLocalShell(
  options: { readonly interpreter?: string; readonly wrapper?: readonly string[] } = {},
): NodeShell {
  const { interpreter = 'sh', wrapper = [] } = options;
  const start = (argv: readonly string[]) => {
    const command = argv.map((word, index) => (index === 0 && word === 'sh' ? interpreter : word));
    return spawn('sh', ['-c', 'umask 077; exec "$@"', 'sh', ...wrapper, ...command], {
      cwd: '/',
      env: { PATH: process.env['PATH'], HOME: '/root', LC_ALL: 'C' },
    });
  };
  return {
    nodeName: 'local',
    run: async (argv, options = {}) => {
      options.signal?.throwIfAborted();
      const child = start(argv);
      child.stdin.on('error', () => undefined);
      child.stdin.end(options.stdin);
      const [stdout, stderr, [exitCode]] = await Promise.all([
        child.stdout.toArray(),
        text(child.stderr),
        once(child, 'close'),
      ]);
      return { exitCode: Number(exitCode), stdout: Buffer.concat(stdout), stderr };
    },
    open: (argv, { signal }) => {
      signal.throwIfAborted();
      const child = start(argv);
      child.stdin.on('error', () => undefined);
      child.stdout.on('error', () => undefined);
      child.stderr.resume();
      const close = () => {
        child.stdin.end();
        child.stdout.destroy();
      };
      signal.addEventListener('abort', close, { once: true });
      const channel: NodeChannel = {
        write: async (bytes) => {
          signal.throwIfAborted();
          child.stdin.write(bytes);
        },
        read: async (buffer) => {
          const arrived = await fill(child.stdout, buffer);
          signal.throwIfAborted();
          if (arrived === buffer.length) return;
          throw failure('NodeUnreachable', {
            observed: `process ended after ${arrived} of ${buffer.length} bytes`,
          });
        },
        close: async () => close(),
      };
      return Promise.resolve(channel);
    },
  };
}

async function fill(stream: Readable, buffer: Uint8Array): Promise<number> {
  let done = 0;
  while (done < buffer.length) {
    if (stream.destroyed || stream.readableEnded) break;
    const chunk: Buffer | null = stream.read(
      Math.min(buffer.length - done, Math.max(stream.readableLength, 1)),
    );
    if (chunk === null) {
      const abort = new AbortController();
      const options = { signal: abort.signal };
      const events = ['readable', 'end', 'close'];
      await Promise.race(
        events.map((event) => once(stream, event, options).catch(() => undefined)),
      );
      abort.abort();
      continue;
    }
    buffer.set(chunk, done);
    done += chunk.length;
  }
  return done;
}

/** What may happen to the bytes of one channel on their way. */
export interface Fault {
  /** The connection dies after this many bytes of its stdout. */
  readonly cutAt?: number;
  /** One bit of this byte of its stdout is flipped. */
  readonly flipAt?: number;
}

/** The same shell, whose channels suffer these faults in the order in which they are opened; later ones none. */
export function withFaults(shell: NodeShell, faults: readonly Fault[]): NodeShell {
  const left = [...faults];
  return {
    ...shell,
    open: async (argv, options) => {
      const channel = await shell.open(argv, options);
      const { cutAt = Infinity, flipAt = -1 } = left.shift() ?? {};
      let done = 0;
      return {
        ...channel,
        read: async (buffer) => {
          const length = Math.min(buffer.length, Math.max(0, cutAt - done));
          await channel.read(buffer.subarray(0, length));
          const at = flipAt - done;
          if (at >= 0 && at < length) buffer[at]! ^= 1;
          done += length;
          if (length === buffer.length) return;
          await channel.close();
          const observed = `connection lost after ${length} of ${buffer.length} bytes`;
          throw failure('NodeUnreachable', { observed });
        },
      };
    },
  };
}

/** The same shell, and what went through it. */
export interface CountedShell extends NodeShell {
  /** How many processes were opened. */
  readonly opened: number;
  /** How many bytes of their stdout were read. */
  readonly bytesRead: number;
}

export function counted(shell: NodeShell): CountedShell {
  let opened = 0;
  let bytesRead = 0;
  return {
    ...shell,
    get opened() {
      return opened;
    },
    get bytesRead() {
      return bytesRead;
    },
    open: async (argv, options) => {
      opened += 1;
      const channel = await shell.open(argv, options);
      return {
        ...channel,
        read: async (buffer) => {
          await channel.read(buffer);
          bytesRead += buffer.length;
        },
      };
    },
  };
}
