// Breaks the sources, one promise at a time, each in a copy of its own, and looks whether the named test notices: a test
// that passes on broken sources promises nothing.
//
// usage: npm run breaks [-- --only <name>]...

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

import { steps } from '../../src/contracts/index.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { applyPatch, copyRepository } from './copy.ts';
import { readBreaks } from './read-patches.ts';
import type { Break } from './read-patches.ts';
import { runTests } from './run-tests.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** How many copies are tested at once. */
const lanes = 2;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => stop.abort(new Error(`ended by ${signal}`)));
}

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
const directory = await temporaryDirectory('breaks');
try {
  process.exitCode = (await main(values.only ?? [])) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = stop.signal.aborted ? 130 : 1;
} finally {
  await rm(directory, { recursive: true, force: true, maxRetries: 10 });
}

async function main(only: readonly string[]): Promise<boolean> {
  const breaks = chosen(await readBreaks(fileURLToPath(new URL('.', import.meta.url))), only);
  const whole = join(directory, 'whole');
  await copyRepository(repository, whole);

  console.log(`Running ${breaks.length} tests on the sources as they are.`);
  const unbroken = await runTests(
    whole,
    breaks.map(({ test }) => test),
    stop.signal,
  );
  const problems = breaks.flatMap(({ name, test }, index) => {
    const { status, message = '' } = unbroken[index] ?? {};
    if (status === 'passed') return [];
    return [
      `${name}: "${test.names.join(' > ')}" did not pass on the sources as they are: ${message}`,
    ];
  });
  if (problems.length > 0) {
    for (const problem of problems) console.error(problem);
    return false;
  }

  const left = [...breaks];
  let unnoticed = 0;
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const problem = await tryBreak(next, whole);
      if (problem === undefined) {
        console.log(`broken as expected: ${next.promise}`);
      } else {
        unnoticed += 1;
        console.error(`${next.name}: ${problem}`);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, work));
  console.log(`${breaks.length - unnoticed} of ${breaks.length} breaks were noticed.`);
  return unnoticed === 0;
}

/** The breaks that were asked for; all of them must leave no row of the runbook out. */
function chosen(all: readonly Break[], only: readonly string[]): readonly Break[] {
  const unknown = only.filter((name) => all.every((each) => each.name !== name));
  if (unknown.length > 0) throw new Error(`no such break: ${unknown.join(', ')}`);
  const bare = steps.filter((step) => all.every((each) => each.step !== step));
  if (bare.length > 0) throw new Error(`no break for ${bare.join(', ')}`);
  return only.length === 0 ? all : all.filter(({ name }) => only.includes(name));
}

/** Why the break was not noticed as it should be; `undefined` when it was. */
async function tryBreak(each: Break, whole: string): Promise<string | undefined> {
  const copy = join(directory, each.name);
  try {
    await copyRepository(whole, copy);
    await applyPatch(each, copy, stop.signal);
    const [outcome] = await runTests(copy, [each.test], stop.signal);
    return problemOf(each, outcome?.status ?? 'notRun', outcome?.message ?? '');
  } catch (error) {
    stop.signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  } finally {
    await rm(copy, { recursive: true, force: true, maxRetries: 10 });
  }
}

function problemOf({ test, promise }: Break, status: string, message: string): string | undefined {
  const title = test.names.join(' > ');
  if (status === 'passed') return `nobody noticed: "${title}" passes without "${promise}"`;
  if (status === 'notRun') return `"${title}": ${message}`;
  const other = /^\w*(SyntaxError|ReferenceError|TypeError)\b|Test timed out|Hook timed out/.exec(
    message,
  );
  return other === null
    ? undefined
    : `"${title}" failed for another reason: ${message.slice(0, 300)}`;
}
