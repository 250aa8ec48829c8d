import { delimiter, dirname } from 'node:path';

import { toolPath } from '../../tools/paths.mjs';

/** Lets this process find a directory's programs before all others; by default the pinned rclone's. Safe to repeat. */
export function putOnPath(directory: string = dirname(toolPath('rclone'))): void {
  const rest = (process.env['PATH'] ?? '').split(delimiter).filter((other) => other !== directory);
  process.env['PATH'] = [directory, ...rest].join(delimiter);
}
