import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

import { systemPath } from './system-path.ts';

/** Three pipes: our ends as streams, the ends of a process to be started as descriptors. */
export interface Pipes {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly descriptors: readonly [number, number, number];
  /** Closes the descriptors here: once the process has them, or when it never will. */
  readonly release: () => void;
}

/**
 * Opens pipes as a container runtime does.
 *
 * Node itself gives a child socket pairs, and a command that opens /dev/stdin cannot open a socket. Node makes no
 * pipes, so a shell makes them, and the kernel lets us open what the shell has.
 */
export async function openPipes(): Promise<Pipes> {
  const script = 'exec 3< <(:) 4< <(:) 5< <(:); echo; read -r _';
  const shell = spawn('bash', ['--norc', '-c', script], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: systemPath },
  });
  const closed = once(shell, 'close');
  await Promise.race([once(shell.stdout, 'data'), closed]);
  const path = (descriptor: number) => `/proc/${shell.pid}/fd/${descriptor}`;
  const stdin = openEnds(path(3), 'theyRead');
  const stdout = openEnds(path(4), 'weRead');
  const stderr = openEnds(path(5), 'weRead');
  // Its own ends would keep the pipes from breaking.
  shell.kill('SIGKILL');
  await closed;
  const theirs = [stdin.theirs, stdout.theirs, stderr.theirs] as const;
  return {
    stdin: stdin.ours,
    stdout: stdout.ours,
    stderr: stderr.ours,
    descriptors: theirs,
    release: () => theirs.forEach((descriptor) => closeSync(descriptor)),
  };
}

function openEnds(path: string, who: 'theyRead' | 'weRead'): { ours: Socket; theirs: number } {
  const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;
  const isOursReadable = who === 'weRead';
  const ours = openSync(path, (isOursReadable ? O_RDONLY : O_WRONLY) | O_NONBLOCK);
  const theirs = openSync(path, isOursReadable ? O_WRONLY : O_RDONLY);
  const socket = new Socket({ fd: ours, readable: isOursReadable, writable: !isOursReadable });
  // A process that ends or is let go of early breaks its pipes.
  socket.on('error', () => {});
  return { ours: socket, theirs };
}
