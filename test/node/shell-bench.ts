import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, vi } from 'vitest';

import type { NodeChannel, NodeShell, RunOptions } from '../../src/node/node-shell.ts';

/** An adapter, and what its test bench must be able to do to it. */
export interface ShellUnderTest {
  readonly shell: NodeShell;
  /** An absolute path on the node that is there, may be written to, and is of the node alone: not of this machine. */
  readonly directory: string;
  /** Breaks every open connection to the node, as a network would; absent where there is none. */
  breakConnections?(): void | Promise<void>;
  /** Boots the node anew: no process survives, its disk does. Gives the shell that reaches it afterwards. */
  reboot?(): Promise<NodeShell>;
  close(): Promise<void>;
}

/** Holds the shell under test, and asks it questions. */
export class ShellBench {
  #made: ShellUnderTest | undefined;
  #shell: NodeShell | undefined;

  constructor(makeShell: () => Promise<ShellUnderTest>) {
    beforeAll(async () => {
      this.#made = await makeShell();
    });
    afterAll(async () => await this.#made?.close());
  }

  get shell(): NodeShell {
    return this.#shell ?? this.#under.shell;
  }

  async breakConnections(): Promise<void> {
    await this.#under.breakConnections?.();
  }

  async reboot(): Promise<void> {
    this.#shell = await this.#under.reboot?.();
  }

  /** A path on the node that nobody has used yet. */
  path(): string {
    return `${this.#under.directory}/${randomUUID()}`;
  }

  /** What a command writes; fails the test when its exit code is not 0. */
  async output(argv: readonly string[], options?: RunOptions): Promise<string> {
    const { exitCode, stdout, stderr } = await this.shell.run(argv, options);
    if (exitCode !== 0 || stderr !== '') throw new Error(`${argv[0]}: ${exitCode} ${stderr}`);
    return stdout.toString('utf8');
  }

  /** Waits until the path is there on the node. */
  async appears(path: string): Promise<void> {
    const look = async (): Promise<void> => void (await this.output(['test', '-e', path]));
    await vi.waitFor(look, { timeout: 10_000 });
  }

  get #under(): ShellUnderTest {
    if (this.#made === undefined) throw new Error('the shell is not made yet');
    return this.#made;
  }
}

/** The whole environment of a command on the node. */
export const environment = [
  'HOME=/root',
  'LC_ALL=C',
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
];

/** What a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: unknown) => error,
  );
}

/** A process that ends with its block. */
export async function openProcess(
  shell: NodeShell,
  argv: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<NodeChannel & AsyncDisposable> {
  const channel = await shell.open(argv, { signal });
  return {
    write: (bytes) => channel.write(bytes),
    read: (buffer) => channel.read(buffer),
    close: () => channel.close(),
    [Symbol.asyncDispose]: () => channel.close(),
  };
}

/** The next bytes of a process. */
export async function read(channel: NodeChannel, size: number): Promise<Buffer> {
  const buffer = Buffer.alloc(size);
  await channel.read(buffer);
  return buffer;
}
