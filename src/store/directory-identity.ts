import { realpath, stat } from 'node:fs/promises';

/**
 * What is the same for two paths of one directory, links and bind mounts included. Reads only; one that is not there is told by
 * its path. A file system call that hangs cannot be aborted.
 */
export async function directoryIdentity(directory: string): Promise<string> {
  const path = await realpath(directory).catch(() => directory);
  return await stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => path,
  );
}
