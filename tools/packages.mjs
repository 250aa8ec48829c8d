import { existsSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { oneAtATime } from './one-at-a-time.mjs';
import { Refusal } from './refusal.mjs';
import { repository } from './repository.mjs';
import { runChild } from './run-child.mjs';
import { say } from './say.mjs';

const nodeModules = join(repository, 'node_modules');

/** npm's own record of what it put into node_modules. It writes it last. */
const record = join(nodeModules, '.package-lock.json');

/** Runs `npm ci` when node_modules is not what package-lock.json asks for: absent, outdated, or left half done. */
export async function installPackages() {
  if (!mismatch()) return;
  const onWait = () => say('Another `npm ci` is at work here, waiting for it.');
  await oneAtATime(`npm ci ${repository}`, npmCi, { onWait });
}

async function npmCi(lock) {
  const reason = mismatch();
  if (!reason) return;
  say(`Running npm ci, about a minute: ${reason}.`);
  // Gone before anything else is, so that a killed npm ci never looks like a finished one.
  rmSync(record, { force: true });
  const args = ['ci', '--include=dev', '--loglevel=error'];
  // npm keeps the lock, should this process be killed.
  const stdio = ['ignore', 2, 2, lock];
  const options = { cwd: repository, env: { ...process.env, PATH: pathOutside() }, stdio };
  const { exitCode, interrupted } = await runChild('npm', args, options).catch(noNpm);
  if (interrupted) throw new Refusal('Interrupted during npm ci.', interrupted);
  if (exitCode !== 0) throw new Refusal(`npm ci failed with exit code ${exitCode}.`);
}

/** In a few words, why node_modules is not what package-lock.json asks for; undefined when it is. */
function mismatch() {
  if (!existsSync(nodeModules)) return 'node_modules is not there';
  const wanted = read(join(repository, 'package-lock.json'))?.packages ?? {};
  const present = read(record)?.packages;
  if (!present) return 'node_modules is not complete';
  const different = Object.entries(wanted).find(
    ([path, entry]) => path !== '' && !isPresent(entry, path, present[path]),
  );
  return different && `${different[0]} is not the one that package-lock.json asks for`;
}

function isPresent(wanted, path, present) {
  // Absent where it is for another platform.
  if (!present) return wanted.optional === true;
  return (
    wanted.version === present.version &&
    wanted.integrity === present.integrity &&
    existsSync(join(repository, path, 'package.json'))
  );
}

/** PATH without node_modules, which `npm ci` removes together with the Node that may stand there. */
function pathOutside() {
  const directories = (process.env.PATH ?? '').split(delimiter);
  return directories.filter((directory) => !directory.startsWith(nodeModules)).join(delimiter);
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function noNpm(cause) {
  throw new Refusal(`npm cannot be run: ${cause.message}. Install Node with npm, then try again.`);
}
