import { copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { execa } from 'execa';

/**
 * Programs that run other programs, taken from the machine: busybox's own would run its built-in command
 * of that name, in a changed root too, where the node's own is meant.
 */
const runners = ['bash', 'chroot', 'env', 'nohup', 'nsenter', 'setsid', 'timeout', 'xargs'];

/**
 * Fills a directory as the root of an image: busybox with a link per command, the given programs in
 * /bin, and the libraries that any of them needs. Its `sh` is bash, as in the images of OpenShift.
 */
export async function makeRootfs(
  root: string,
  programs: Readonly<Record<string, string>>,
): Promise<void> {
  mkdirSync(join(root, 'bin'), { recursive: true });
  for (const directory of ['etc', 'host', 'proc', 'root', 'tmp', 'usr', 'var']) {
    mkdirSync(join(root, directory));
  }
  const own = await Promise.all(runners.map(async (name) => [name, await locate(name)] as const));
  const busybox = await locate('busybox');
  const all = { ...programs, ...Object.fromEntries(own), busybox };
  for (const [name, path] of Object.entries(all)) {
    copyFileSync(path, join(root, 'bin', name));
    await copyLibraries(path, root);
  }
  symlinkSync('bash', join(root, 'bin', 'sh'));
  const { stdout } = await execa(busybox, ['--list']);
  for (const command of stdout.split('\n')) {
    const link = join(root, 'bin', command);
    if (!existsSync(link)) symlinkSync('busybox', link);
  }
}

/** Where the machine has a program. */
export async function locate(program: string): Promise<string> {
  const { stdout } = await execa('sh', ['-c', `command -v ${program}`]);
  return stdout;
}

async function copyLibraries(program: string, root: string): Promise<void> {
  // It fails for a program that needs none.
  const { stdout } = await execa('ldd', [program], { reject: false });
  for (const [, path] of stdout.matchAll(/(\/\S+) \(0x/g)) {
    if (path === undefined) continue;
    const directory = join(root, dirname(path));
    mkdirSync(directory, { recursive: true });
    copyFileSync(path, join(directory, basename(path)));
  }
}
