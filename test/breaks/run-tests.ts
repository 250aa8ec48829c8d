import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import type { NamedTest } from './read-patches.ts';
import { runProgram } from './run-program.ts';

/** How one test ended. */
export interface TestOutcome {
  readonly status: 'passed' | 'failed' | 'notRun';
  /** Why it failed. */
  readonly message: string;
}

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).default([]),
        }),
      ),
    }),
  ),
});

/** Runs these tests of a copy, and no others; returns how each of them ended, in their order. */
export async function runTests(
  copy: string,
  tests: readonly NamedTest[],
  signal: AbortSignal,
): Promise<readonly TestOutcome[]> {
  const files = [...new Set(tests.map(({ file }) => file))];
  const pattern = `^(${tests.map(({ names }) => names.map(escaped).join('( > | )')).join('|')})$`;
  const report = join(copy, 'report.json');
  // What an interrupted test leaves goes with the copy.
  const temporary = join(copy, 'tmp');
  await mkdir(temporary, { recursive: true });
  const vitest = join(copy, 'node_modules', 'vitest', 'vitest.mjs');
  const program = [process.execPath, vitest, 'run', ...files, '--testNamePattern', pattern];
  const { output } = await runProgram(
    [...program, '--reporter=json', `--outputFile=${report}`, '--dangerouslyIgnoreUnhandledErrors'],
    { cwd: copy, env: { TMPDIR: temporary, NODE_OPTIONS: '' }, signal },
  );
  const { testResults } = reportSchema.parse(
    JSON.parse(await readFile(report, 'utf8').catch(() => noReport(output))),
  );
  return tests.map(({ file, names }) => {
    const ran = testResults.find(({ name }) => name === join(copy, file));
    const wanted = names.join(' > ');
    const test = ran?.assertionResults.find(
      ({ ancestorTitles, title }) => [...ancestorTitles, title].join(' > ') === wanted,
    );
    if (test?.status === 'passed') return { status: 'passed', message: '' };
    if (test?.status === 'failed') {
      return { status: 'failed', message: test.failureMessages.join('\n') };
    }
    const seen = test === undefined ? 'there is no such test' : `it was ${test.status}`;
    return { status: 'notRun', message: `${seen} ${ran?.message ?? ''}`.trim() };
  });
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}

function noReport(output: string): never {
  throw new Error(`the test run wrote no report: ${output.trim().slice(-1000)}`);
}
