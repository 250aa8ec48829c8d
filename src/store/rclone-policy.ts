import type { RcloneOptions } from './rclone-options.ts';
import { uploadsFolder } from './rclone-uploads.ts';

/**
 * The rights that the credentials of a remote need, in words: each backend has its own. Unlike other stores they include one to
 * delete, because parts are files of their own there. Pure.
 */
export function rclonePolicy({ remote }: RcloneOptions): string {
  const below = /[:/]$/.test(remote) ? remote : `${remote}/`;
  return [
    `The credentials of ${remote} must be able`,
    `  to list ${below} and all that is in it`,
    `  to create and to read files there`,
    `  to give a file another name there, by moving or by copying it`,
    `  to delete files below ${below}${uploadsFolder}, and nothing else`,
  ].join('\n');
}
