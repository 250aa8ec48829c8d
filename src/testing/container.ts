import type { ChildProcess } from 'node:child_process';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Duplex } from 'node:stream';
import type { Readable, Writable } from 'node:stream';

import { scriptText } from './namespace-holder.ts';
import { exitCode } from './node-machine.ts';
import type { NodeMachine } from './node-machine.ts';
import { openPipes } from './open-pipes.ts';
import type { PodSpec } from './pod-schema.ts';
import { systemPath } from './system-path.ts';

/** A command that was started in a running container. */
export interface ExecProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves with its exit code; what it left behind may keep the pipes open. */
  readonly exited: Promise<number>;
}

/** A container that runs on a node. */
export interface RunningContainer {
  /** Resolves with the exit code of its command, after every process of the container is gone. */
  readonly exited: Promise<number>;
  /** Starts another command in it. */
  exec(argv: readonly string[]): Promise<ExecProcess>;
  /** Asks its command to end: SIGTERM. */
  terminate(): Promise<void>;
  /** Kills every process in it, those that have a session of their own included. */
  kill(): Promise<void>;
}

/**
 * Starts the pod's container: a root of its own with the pod's host paths, and the node's processes when `hostPID` says
 * so.
 *
 * @throws `Error` with the reason, when the container cannot be set up
 */
export async function startContainer(
  machine: NodeMachine,
  spec: PodSpec,
  hostname: string,
): Promise<RunningContainer> {
  const ownPids = spec.hostPID !== true;
  const container = spec.containers[0];
  const environment = {
    PATH: systemPath,
    HOSTNAME: hostname,
    HOME: '/root',
    ...Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value ?? ''])),
  };
  const command = container?.command ?? ['/bin/sh'];
  const argv = [
    'bash',
    '--norc',
    '-c',
    await scriptText('container-root.sh'),
    'container-root.sh',
    String(ownPids),
    ...hostPaths(spec),
    '--',
    ...command,
    ...(container?.args ?? []),
  ];
  const unshare = ['unshare', '--mount', ...(ownPids ? ['--pid', '--fork'] : [])];
  const main = machine.spawn([...unshare, ...argv], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: environment,
  });
  const exited = exitOf(main);
  const { pid, namespace, pin } = await identity(main);

  const killScript = await scriptText('kill-container.sh');
  let over = false;
  const kills = new Set<Promise<void>>();
  const kill = async () => {
    if (over) return;
    const killing = onNode(machine, ['bash', '-c', killScript, 'kill-container.sh', namespace]);
    kills.add(killing);
    await killing.finally(() => kills.delete(killing));
  };
  return {
    exited: exited.then(async (code) => {
      await kill();
      over = true;
      // One that still runs would take along the next container with this namespace's number.
      await Promise.all(kills);
      await pin.close();
      return code;
    }),
    exec: async (argv) => {
      const own = ownPids ? [`--pid=/proc/${pid}/ns/pid`] : [];
      const enter = ['nsenter', `--mount=/proc/${pid}/ns/mnt`, ...own, '--'];
      const { stdin, stdout, stderr, descriptors, release } = await openPipes();
      try {
        const child = machine.spawn([...enter, ...argv], {
          stdio: [...descriptors],
          env: environment,
        });
        return { stdin, stdout, stderr, exited: exitOf(child) };
      } finally {
        release();
      }
    },
    terminate: async () => await onNode(machine, ['kill', '-TERM', pid]),
    kill,
  };
}

// Not at `close`: what the command leaves behind may keep its pipes open.
async function exitOf(child: ChildProcess): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  child.once('exit', () => resolve(exitCode(child)));
  child.once('error', () => resolve(128));
  return await promise;
}

// On a node that is down nothing is left to be killed.
async function onNode(machine: NodeMachine, argv: readonly string[]): Promise<void> {
  if (machine.isUp) await machine.run(argv);
}

interface Identity {
  readonly pid: string;
  readonly namespace: string;
  /** While it is open, no other container is given this namespace's number: what is killed by it is of this one. */
  readonly pin: FileHandle;
}

// What container-root.sh answers on descriptor 3; it becomes the container's command when it is answered in turn.
async function identity(main: ChildProcess): Promise<Identity> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let answer = '';
  let complaint = '';
  const talk = main.stdio[3];
  main.stdio[2]?.on('data', (chunk: Buffer) => (complaint = tail(complaint, chunk)));
  talk?.on('error', reject);
  talk?.on('data', (chunk: Buffer) => {
    answer += chunk.toString();
    if (answer.endsWith('\n')) resolve(answer);
  });
  main.once('error', reject);
  main.once('close', () => reject(new Error(complaint.trim() || 'it ended before it began')));
  const [pid = '', namespace = ''] = (await promise).trim().split(' ');
  // By the node's own /proc: the child is nsenter, which stays outside and waits.
  const pin = await open(`/proc/${main.pid}/root/proc/${pid}/ns/mnt`);
  if (talk instanceof Duplex) talk.write('\n');
  return { pid, namespace, pin };
}

function tail(text: string, chunk: Buffer): string {
  return (text + chunk.toString()).slice(-2000);
}

function hostPaths({ containers, volumes = [] }: PodSpec): string[] {
  return (containers[0]?.volumeMounts ?? []).flatMap(({ name, mountPath }) => {
    const path = volumes.find((volume) => volume.name === name)?.hostPath?.path;
    return path === undefined ? [] : [path, mountPath];
  });
}
