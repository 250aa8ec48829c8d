// The start of `npm run demo`, `npm test` and the others in commands.mjs. Runs on the Node that is installed, 20 or newer,
// with nothing but this folder; installs what is missing; then goes on under the repository's own Node.
//
//   commands.mjs   which program a command starts, and which tools that needs
//   packages.mjs   npm ci, when needed
//   setup.mjs      the tools: from PATH (on-path.mjs), or built (go.mjs) into a cache (paths.mjs) as pinned (pins.mjs)
//   run-child.mjs  the program, its signals and its exit code
//
// usage: node tools/start.mjs <command> [arguments]

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { commands, labProblem, setupNames, toolsFor } from './commands.mjs';
import { installPackages } from './packages.mjs';
import { cacheDirectory } from './paths.mjs';
import { Refusal } from './refusal.mjs';
import { repository } from './repository.mjs';
import { runChild } from './run-child.mjs';
import { say } from './say.mjs';
import { setUp } from './setup.mjs';

/** The oldest Node that runs the repository's sources. */
const oldest = [22, 19];

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  say(error.message);
  process.exitCode = error.exitCode;
}

async function main([name, ...args]) {
  if (name === 'setup') return setupOnly(args);
  if (!Object.hasOwn(commands, name ?? '')) {
    const names = ['setup', ...Object.keys(commands)].join(', ');
    throw new Refusal(`No such command: ${name ?? '(none)'}, expected one of ${names}.`, 2);
  }
  const command = commands[name];
  const problem = labProblem();
  if (command.needsLab && problem) throw new Refusal(`The lab cannot run here: ${problem}.`);
  const leftOut = problem && command.withoutLab ? leaveOutLab(command, problem) : [];
  await installPackages();
  await setUp(command.tools(args));
  return goOn([...command.program, ...leftOut, ...args]);
}

async function setupOnly(names) {
  const unknown = names.filter((name) => !setupNames.includes(name));
  if (unknown.length > 0) {
    const expected = setupNames.join(', ');
    throw new Refusal(`Nothing to set up: ${unknown.join(', ')}, expected any of ${expected}.`, 2);
  }
  const tools = toolsFor(names);
  await installPackages();
  await setUp(tools);
  say(`All there: ${tools.join(', ')}, in ${cacheDirectory()}.`);
  return 0;
}

function leaveOutLab(command, problem) {
  if (process.env.ETCD_BACKUP_NO_SKIPS) {
    throw new Refusal(`Nothing may be skipped, and the lab cannot run here: ${problem}.`);
  }
  say(`Skipping the lab: ${problem}.`);
  return command.withoutLab;
}

async function goOn(program) {
  const watch = new URL(`end-with-launcher.mjs?launcher=${process.pid}`, import.meta.url);
  const bin = join(repository, 'node_modules', '.bin');
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const args = ['--import', watch.href, ...program];
  const { exitCode } = await runChild(suitableNode(), args, { cwd: repository, env });
  return exitCode;
}

/** The Node of the dev dependency, or the running one where that is missing and this one will do. */
function suitableNode() {
  const own = join(repository, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(own)) return own;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return process.execPath;
  throw new Refusal(
    [
      `This needs Node ${oldest.join('.')} or newer and runs on ${process.versions.node}.`,
      'The repository brings its own, in the package `node`, but its install script did not run (ignore-scripts?).',
      'Either run `npm rebuild node --ignore-scripts=false`, or put a newer Node on PATH.',
    ].join('\n'),
  );
}
