import { unsuitable } from './rclone-failures.ts';
import { oldestRclone } from './rclone-options.ts';
import { runRclone } from './rclone-process.ts';
import type { RcloneRemote } from './rclone-remote.ts';

/**
 * Lets only an rclone through that has what the store needs.
 *
 * @throws `StoreUnavailable`, retryable, where it is older
 */
export async function assertVersion({ options, signal }: RcloneRemote): Promise<void> {
  const text = await runRclone(options, ['version'], { signal });
  const [, version, major, minor] = /^rclone v((\d+)\.(\d+)[\w.+-]*)/.exec(text) ?? [];
  const [leastMajor, least] = oldestRclone;
  const isNew =
    Number(major) > leastMajor || (Number(major) === leastMajor && Number(minor) >= least);
  if (!isNew) throw unsuitable(options, version);
}
