import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

import { holdNamespaces } from './namespace-holder.ts';
import type { NamespaceHolder } from './namespace-holder.ts';
import { systemPath } from './system-path.ts';

/** How a command on a node ended. */
export interface NodeCommandResult {
  /** 128 and the signal's number after a kill. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface NodeMachineOptions {
  readonly name: string;
  /** A directory of its own; what is in `seed` there is copied over the root. */
  readonly directory: string;
  readonly diskBytes: number;
  /** Files and directories of the machine that the node has too, read-only: source and absolute target. */
  readonly binds: readonly (readonly ['file' | 'directory', string, string])[];
}

/**
 * The machine under a node: a root file system and processes of its own, without privileges on the real machine.
 *
 * Its disk lasts until `close`; its processes, /run and /tmp last from one start to the next stop. It shares the
 * network with the real machine.
 */
export class NodeMachine {
  readonly name: string;
  readonly #root: string;
  readonly #disk: NamespaceHolder;
  readonly #children = new Set<ChildProcess>();
  #boot: NamespaceHolder | undefined;
  #bootId = '';

  private constructor(name: string, root: string, disk: NamespaceHolder) {
    this.name = name;
    this.#root = root;
    this.#disk = disk;
  }

  /** Builds the node's root and boots it. */
  static async create(options: NodeMachineOptions): Promise<NodeMachine> {
    const { name, directory, diskBytes, binds } = options;
    const [root, seed] = [join(directory, 'root'), join(directory, 'seed')];
    await mkdir(root, { recursive: true });
    const disk = await holdNamespaces(
      ['unshare', '--user', '--map-root-user', '--mount'],
      'node-root.sh',
      [
        root,
        seed,
        String(diskBytes),
        ...binds.flatMap(([kind, ...paths]) => [`--${kind}`, ...paths]),
      ],
    );
    const machine = new NodeMachine(name, root, disk);
    try {
      await machine.start();
    } catch (error) {
      await machine.close();
      throw error;
    }
    return machine;
  }

  get isUp(): boolean {
    return this.#boot !== undefined;
  }

  /** What /proc/sys/kernel/random/boot_id says on the node since its last start. */
  get bootId(): string {
    return this.#bootId;
  }

  /** Boots the node under a new boot id; does nothing when it is up. */
  async start(): Promise<void> {
    if (this.#boot) return;
    const bootId = randomUUID();
    const { pid } = this.#disk;
    this.#boot = await holdNamespaces(
      [
        'nsenter',
        '--preserve-credentials',
        `--user=/proc/${pid}/ns/user`,
        `--mount=/proc/${pid}/ns/mnt`,
        'unshare',
        '--mount',
        '--uts',
        '--pid',
        '--kill-child',
      ],
      'node-boot.sh',
      [this.#root, this.name, bootId],
    );
    this.#bootId = bootId;
  }

  /** Kills every process on the node at once, as a power failure would. The disk keeps what was written. */
  async stop(): Promise<void> {
    const boot = this.#boot;
    this.#boot = undefined;
    await boot?.end();
    await Promise.all([...this.#children].map((child) => closed(child)));
  }

  /** Stops the node, and frees its disk. Safe to repeat. */
  async close(): Promise<void> {
    await this.stop();
    await this.#disk.end();
  }

  /**
   * Starts a command in the node's root, as root of the node, with this environment and no other.
   *
   * @throws `Error` when the node is down
   */
  spawn(
    argv: readonly string[],
    options: { readonly stdio: StdioOptions; readonly env?: Readonly<Record<string, string>> },
  ): ChildProcess {
    if (!this.#boot) throw new Error(`node ${this.name} is down`);
    const namespaces = `/proc/${this.#boot.pid}/ns`;
    const child = spawn(
      'nsenter',
      [
        '--preserve-credentials',
        `--user=${namespaces}/user`,
        `--mount=${namespaces}/mnt`,
        `--uts=${namespaces}/uts`,
        `--pid=${namespaces}/pid_for_children`,
        '--',
        ...argv,
      ],
      {
        detached: true,
        stdio: options.stdio,
        env: { PATH: systemPath, HOME: '/root', ...options.env },
      },
    );
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    child.once('error', () => this.#children.delete(child));
    return child;
  }

  /** Runs a command in the node's root to its end. An exit code other than 0 is a result. */
  async run(
    argv: readonly string[],
    options: { readonly stdin?: string | Uint8Array } = {},
  ): Promise<NodeCommandResult> {
    const child = this.spawn(argv, { stdio: ['pipe', 'pipe', 'pipe'] });
    const { stdin, stdout, stderr } = child;
    if (!stdin || !stdout || !stderr) throw new Error(`no pipes to ${this.name}`);
    // A command that does not read its stdin closes it.
    stdin.on('error', () => {});
    stdin.end(options.stdin ?? '');
    const [out, err] = await Promise.all([buffer(stdout), buffer(stderr), closed(child)]);
    return { exitCode: exitCode(child), stdout: out.toString(), stderr: err.toString() };
  }
}

/** The exit code of an ended process as a shell would say it. */
export function exitCode({ exitCode, signalCode }: ChildProcess): number {
  if (exitCode !== null) return exitCode;
  return 128 + (signalCode === null ? 0 : constants.signals[signalCode]);
}

async function closed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await once(child, 'close');
}
