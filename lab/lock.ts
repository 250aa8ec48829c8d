import { once } from 'node:events';
import { type Server, type Socket, connect, createServer } from 'node:net';

import type { Progress } from './progress.ts';

// A socket in the abstract namespace: the kernel frees it when its process ends, however it ends.
const name = '\0temporal-etcd-backup-lab';

/**
 * Runs `work` while no other lab command of this machine runs; waits for the other one first and says
 * so. A killed holder holds nothing.
 */
export async function withLock<T>(progress: Progress, work: () => Promise<T>): Promise<T> {
  const release = await acquire(progress);
  try {
    return await work();
  } finally {
    release();
  }
}

async function acquire(progress: Progress): Promise<() => void> {
  let announced = false;
  for (;;) {
    const waiting = new Set<Socket>();
    const server = createServer((socket) => {
      waiting.add(socket.on('error', () => undefined).unref());
      socket.once('close', () => waiting.delete(socket));
    });
    if (await listens(server)) {
      return () => {
        server.close();
        for (const socket of waiting) socket.destroy();
      };
    }
    if (!announced) progress('another lab command is at work, waiting for it');
    announced = true;
    await holderGone();
  }
}

async function listens(server: Server): Promise<boolean> {
  try {
    server.listen(name);
    await once(server, 'listening');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  }
}

/** Stays connected to the holder until the connection ends: with its process, or with its work. */
async function holderGone(): Promise<void> {
  const socket = connect(name).resume();
  await new Promise<void>((resolve) => {
    socket.once('error', () => resolve()).once('close', () => resolve());
  });
}
