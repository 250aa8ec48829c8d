import { failure } from '../../src/contracts/failures.ts';
import { localShell } from '../../src/node/local-shell.ts';
import type { NodeShell } from '../../src/node/node-shell.ts';

/** The product's shell on this machine, its `sh` another one where asked for, its commands started through `wrapper`. */
export function createLocalShell(
  options: { readonly interpreter?: string; readonly wrapper?: readonly string[] } = {},
): NodeShell {
  const { interpreter = 'sh', wrapper = [] } = options;
  const shell = localShell('local');
  const changed = ([command = '', ...rest]: readonly string[]): readonly string[] => [
    ...wrapper,
    command === 'sh' ? interpreter : command,
    ...rest,
  ];
  return {
    ...shell,
    run: async (argv, options) => await shell.run(changed(argv), options),
    open: async (argv, options) => await shell.open(changed(argv), options),
  };
}

/** What may happen to the bytes of one channel on their way. */
export interface Fault {
  /** The connection dies after this many bytes of its stdout. */
  readonly cutAt?: number;
  /** One bit of this byte of its stdout is flipped. */
  readonly flipAt?: number;
  /** This byte of its stdout is none that a text has. */
  readonly garbleAt?: number;
}

/** The same shell, whose channels suffer these faults in the order in which they are opened; later ones none. */
export function withFaults(shell: NodeShell, faults: readonly Fault[]): NodeShell {
  const left = [...faults];
  return {
    ...shell,
    open: async (argv, options) => {
      const channel = await shell.open(argv, options);
      const { cutAt = Infinity, flipAt = -1, garbleAt = -1 } = left.shift() ?? {};
      let done = 0;
      return {
        ...channel,
        read: async (buffer) => {
          const length = Math.min(buffer.length, Math.max(0, cutAt - done));
          await channel.read(buffer.subarray(0, length));
          const isHere = (at: number) => at >= done && at < done + length;
          if (isHere(flipAt)) buffer[flipAt - done]! ^= 1;
          if (isHere(garbleAt)) buffer[garbleAt - done] = 0xff;
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
