import { cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Break } from './read-patches.ts';
import { runProgram } from './run-program.ts';

/** What no test reads: made from the rest, or shared. */
const leftOut: ReadonlySet<string> = new Set(['.git', 'node_modules', 'dist', 'coverage']);

/** Copies the working files to `target`, which it makes; the installed packages are shared. */
export async function copyRepository(repository: string, target: string): Promise<void> {
  await mkdir(target);
  for (const name of await readdir(repository)) {
    if (leftOut.has(name)) continue;
    await cp(join(repository, name), join(target, name), { recursive: true });
  }
  await symlink(join(repository, 'node_modules'), join(target, 'node_modules'));
}

// `node --check` passes over TypeScript.
const parse = [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  '--eval',
  `require('node:module').stripTypeScriptTypes(require('node:fs').readFileSync(process.argv[1], 'utf8'))`,
];

/** Applies a patch to a copy. @throws `Error` when it no longer fits, or leaves something that is no program */
export async function applyPatch(
  { path, changes }: Break,
  copy: string,
  signal: AbortSignal,
): Promise<void> {
  // A repository around the copy is none of its business.
  const env = { GIT_CEILING_DIRECTORIES: dirname(copy) };
  const { exitCode, output } = await runProgram(['git', 'apply', path], { cwd: copy, env, signal });
  if (exitCode !== 0) {
    throw new Error(`it no longer applies, make it again: ${output.trim()}`);
  }
  for (const change of changes.filter((file) => file.endsWith('.ts'))) {
    const check = await runProgram([...parse, change], { cwd: copy, signal });
    if (check.exitCode !== 0) throw new Error(`it leaves ${change} broken: ${check.output.trim()}`);
  }
}
