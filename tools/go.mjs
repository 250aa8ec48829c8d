import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { installed, toolDirectory } from './paths.mjs';
import { folderOf, goVersionOf, versionOf } from './pins.mjs';
import { Refusal } from './refusal.mjs';
import { runChild } from './run-child.mjs';
import { say } from './say.mjs';

/** How often a build that takes long says that it is still at it. */
const stillMs = 30_000;

/** Why Go cannot build the tool here, in a few words, or undefined when it can. */
export function goProblem(pin) {
  // Asked in the tool's folder, where Go has read which version the go.mod wants and may have fetched it.
  const answer = spawnSync('go', ['env', 'GOVERSION'], options(pin, 'utf8'));
  if (answer.error) return 'Go is not installed (there is no `go` on PATH)';
  const version = /^go(\S+)/.exec(answer.stdout)?.[1];
  if (answer.status !== 0 || !version) return `Go cannot be used: ${answer.stderr.trim()}`;
  return isAtLeast(version, goVersionOf(pin)) ? undefined : `Go ${version} is too old`;
}

/** Puts the tool into the cache: all of it or nothing, whoever else does the same and whenever it is killed. */
export async function build(pin) {
  const target = pin.main ? join(toolDirectory(pin), pin.name) : toolDirectory(pin);
  const unfinished = join(dirname(target), `.${pin.name}.${process.pid}`);
  await mkdir(dirname(target), { recursive: true });
  await removeUnfinished(dirname(target), pin);
  try {
    await (pin.main ? compile(pin, unfinished) : copyManifests(pin, unfinished));
    await rename(unfinished, target).catch((error) => {
      // A directory, which somebody out of the lock's reach was faster with.
      if (!installed(pin)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function compile(pin, output) {
  const flags = (pin.flags ?? []).map((flag) => flag.replace('<version>', versionOf(pin)));
  await go(pin, ['build', '-mod=readonly', '-trimpath', ...flags, '-o', output, pin.main]);
}

/** Copies the CRDs out of the module, which Go keeps read-only in a place of its own. */
async function copyManifests(pin, output) {
  const { Dir: source } = JSON.parse(await go(pin, ['mod', 'download', '-json', pin.module]));
  await mkdir(output);
  for (const group of ['config', 'operator']) {
    const directory = join(source, group, 'v1', 'zz_generated.crd-manifests');
    const names = (await readdir(directory)).filter((name) => name.endsWith('.crd.yaml'));
    for (const name of names) await cp(join(directory, name), join(output, name));
  }
}

async function go(pin, args) {
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1000);
  const still = setInterval(() => say(`  still at ${pin.name} after ${seconds()} s`), stillMs);
  try {
    const stdio = ['ignore', 'pipe', 'pipe'];
    const { exitCode, output, interrupted } = await runChild('go', args, {
      ...options(pin),
      stdio,
    });
    if (interrupted) throw new Refusal(`Interrupted while ${pin.name} was built.`, interrupted);
    if (exitCode !== 0) {
      throw new Refusal(`go ${args.join(' ')} failed with exit code ${exitCode}:\n${tail(output)}`);
    }
    return output;
  } finally {
    clearInterval(still);
  }
}

function options(pin, encoding) {
  // A workspace is meant for somebody's own modules, not for these.
  const env = { ...process.env, GOWORK: 'off', ...pin.env };
  return { cwd: folderOf(pin), env, ...(encoding && { encoding }) };
}

/** What a killed setup left: nobody else writes here while this one holds the lock. */
async function removeUnfinished(directory, pin) {
  const names = await readdir(directory);
  for (const name of names.filter((candidate) => candidate.startsWith(`.${pin.name}.`))) {
    await rm(join(directory, name), { recursive: true, force: true });
  }
}

function isAtLeast(version, wanted) {
  const [have, want] = [version, wanted].map((text) => text.split('.').map((n) => parseInt(n, 10)));
  const first = want.findIndex((number, index) => number !== have[index]);
  return first === -1 || (have[first] ?? 0) > want[first];
}

function tail(output) {
  return output.trimEnd().split('\n').slice(-20).join('\n');
}
