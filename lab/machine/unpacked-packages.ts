import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';

import { cacheDirectory } from '../../tools/paths.mjs';
import { LabError } from '../lab-error.ts';
import type { Progress } from '../progress.ts';

/** What a node needs to let people in, and the Debian packages that bring it. */
const packages = ['openssh-server', 'sudo'];

/** Where each program must be in the end: below the directory, or on this machine. */
const programs = ['/usr/sbin/sshd', '/usr/bin/sudo'];

/**
 * A directory with sshd and sudo below it, to be laid over the root of a node: unpacked, never installed, because an installed
 * sshd would open this machine to its network. Kept in the user's cache. Its `usr` and `etc` are empty where the machine has
 * both by itself.
 *
 * @throws `LabError` where neither the machine nor its packages have them
 */
export async function unpackedSshServer(progress: Progress): Promise<string> {
  const directory = join(cacheDirectory(), 'unpacked-ssh-server');
  if (existsSync(directory)) return directory;
  await mkdir(cacheDirectory(), { recursive: true });
  const building = await mkdtemp(`${directory}-`);
  try {
    for (const name of ['usr', 'etc']) await mkdir(join(building, name));
    const isMissing = programs.some((program) => !existsSync(program));
    if (isMissing) await unpack(building, progress);
    for (const program of programs) {
      if (existsSync(join(building, program)) || existsSync(program)) continue;
      throw new LabError(`no ${program}: install it (Debian packages: ${packages.join(' ')})`);
    }
    await rename(building, directory);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
  return directory;
}

async function unpack(directory: string, progress: Progress): Promise<void> {
  progress(`unpacking Debian packages, without installing them: ${packages.join(' ')}`);
  const archives = await mkdtemp(`${directory}-archives-`);
  try {
    await mkdir(join(archives, 'partial'));
    const download = ['--yes', '--no-install-recommends', '--download-only'];
    const argv = ['install', ...download, '-o', `Dir::Cache::archives=${archives}`, ...packages];
    // With what they need and the machine does not have.
    if ((await aptGet(argv)) !== undefined) {
      await aptGet(['update']);
      const observed = await aptGet(argv);
      if (observed !== undefined) throw new LabError(`apt-get ${argv.join(' ')}: ${observed}`);
    }
    const names = (await readdir(archives)).filter((name) => name.endsWith('.deb'));
    for (const name of names) await execa('dpkg-deb', ['-x', join(archives, name), directory]);
  } finally {
    await rm(archives, { recursive: true, force: true });
  }
}

/** What it failed with. */
async function aptGet(argv: readonly string[]): Promise<string | undefined> {
  const { exitCode, stderr } = await execa('apt-get', argv, {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    stdin: 'ignore',
    reject: false,
  });
  return exitCode === 0 ? undefined : stderr.trim().split('\n').at(-1);
}
