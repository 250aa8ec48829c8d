import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'etcd-backup-testing-';

/**
 * Makes a directory that only this user can read, and removes those that killed processes left behind in the same place.
 *
 * The name carries this process's id; a directory whose process is gone has no owner any more.
 */
export async function temporaryDirectory(purpose: string, place = tmpdir()): Promise<string> {
  await removeOrphans(place);
  return await mkdtemp(join(place, `${prefix}${process.pid}-${purpose}-`));
}

async function removeOrphans(place: string): Promise<void> {
  const names = await readdir(place);
  const orphans = names.filter((name) => name.startsWith(prefix) && !isAlive(ownerOf(name)));
  // Another user's directory stays, and another process may be removing the same one.
  await Promise.allSettled(
    orphans.map((name) => rm(join(place, name), { recursive: true, force: true })),
  );
}

function ownerOf(name: string): number {
  return Number.parseInt(name.slice(prefix.length), 10);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
