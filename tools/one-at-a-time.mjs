import { createHash } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs `work` while no other process of this machine does the work of the same name; waits for its turn.
 *
 * The lock is a listening socket: whoever waits is connected to it, and the system closes it when its holder
 * ends, killed or not. `work` gets its file descriptor: a child that inherits it keeps the lock until it ends too.
 */
export async function oneAtATime(name, work, { onWait }) {
  const lock = await hold(addressOf(name), onWait);
  try {
    return await work(lock.descriptor);
  } finally {
    lock.release();
  }
}

async function hold(address, onWait) {
  for (let waited = false; ; waited = true) {
    const lock = await listen(address);
    if (lock) return lock;
    if (!waited) onWait();
    await untilReleased(address);
  }
}

function listen(address) {
  return new Promise((resolve, reject) => {
    const waiting = new Set();
    const server = createServer((socket) => {
      waiting.add(socket);
      socket.on('error', () => {}).on('close', () => waiting.delete(socket));
    });
    const release = () => {
      server.close();
      for (const socket of waiting) socket.destroy();
    };
    server.on('error', (error) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(address, () => resolve({ descriptor: server._handle?.fd, release }));
  });
}

function untilReleased(address) {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.on('error', (error) => {
      if (error.code === 'ECONNREFUSED' && !address.startsWith('\0')) forget(address);
    });
    socket.on('close', resolve);
  });
}

/** Where a socket is a file, the file outlives a killed holder. */
function forget(path) {
  try {
    unlinkSync(path);
  } catch {
    // Somebody else was faster.
  }
}

function addressOf(name) {
  const digest = createHash('sha256')
    .update(`${process.getuid()} ${name}`)
    .digest('hex')
    .slice(0, 16);
  const label = `temporal-etcd-backup-${digest}`;
  // Linux has sockets without a file, which are gone with their holder.
  return process.platform === 'linux' ? `\0${label}` : join(tmpdir(), label);
}
