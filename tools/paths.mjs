import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

import { pinOf, versionOf } from './pins.mjs';

/** Where tools are kept between runs, for this user: `temporal-etcd-backup` in the user's cache. */
export function cacheDirectory() {
  const configured = process.env.XDG_CACHE_HOME ?? '';
  const base = isAbsolute(configured) ? configured : join(homedir(), '.cache');
  return join(base, 'temporal-etcd-backup');
}

/** The directory of one tool in its pinned version; it need not exist yet. */
export function toolDirectory(pin) {
  return join(cacheDirectory(), pin.name, versionOf(pin));
}

/** Where setup notes a binary of the right version that it found on PATH. */
export function notePath(pin) {
  return join(toolDirectory(pin), 'on-path.json');
}

/** What identifies a file on PATH until it is changed or replaced. */
export function identityOf(path) {
  const { size, mtimeMs } = statSync(path);
  return { path, size, mtimeMs };
}

/** Where the tool stands, or undefined when it is not there. Looks at files only, runs nothing. */
export function installed(pin) {
  if (!pin.main) return existsSync(toolDirectory(pin)) ? toolDirectory(pin) : undefined;
  const built = join(toolDirectory(pin), pin.name);
  return isExecutable(built) ? built : noted(pin);
}

/** An executable file with something in it: a machine that lost its power may keep the name alone. */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() && statSync(path).size > 0;
  } catch {
    return false;
  }
}

export function toolPath(name) {
  const path = installed(pinOf(name));
  if (!path) {
    throw new Error(`${name} ${versionOf(pinOf(name))} is not there: run npm run setup -- ${name}`);
  }
  return path;
}

export function openshiftCrdDirectory() {
  return toolPath('openshift-crds');
}

function noted(pin) {
  try {
    const note = JSON.parse(readFileSync(notePath(pin), 'utf8'));
    const { size, mtimeMs } = identityOf(note.path);
    return note.size === size && note.mtimeMs === mtimeMs && isExecutable(note.path)
      ? note.path
      : undefined;
  } catch {
    return undefined;
  }
}
