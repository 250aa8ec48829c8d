import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

import { systemPath } from './system-path.ts';

/** What the nodes take from the machine's /usr, beyond the core utilities. */
const tools = ['bash', 'curl', 'grep', 'gzip', 'nsenter', 'sed', 'setpriv', 'tar', 'unshare'];

/**
 * Makes sure that this machine has every program that a node uses.
 *
 * @throws `Error` naming those that are missing
 */
export function requireTools(path: string = systemPath): void {
  const missing = tools.filter((tool) => !path.split(':').some((place) => isThere(place, tool)));
  if (missing.length === 0) return;
  throw new Error(`the stand-in cluster needs, on this machine: ${missing.join(', ')}`);
}

function isThere(directory: string, tool: string): boolean {
  try {
    accessSync(join(directory, tool), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
