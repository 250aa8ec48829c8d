import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { exitCode, exitCodeMeaning } from '../../src/cli/exit-code.ts';
import { createProgram } from '../../src/cli/program.ts';

const page = await readFile(join(import.meta.dirname, '../../docs/command.md'), 'utf8');

/** The rows of the tables below a heading, cell by cell. */
function rows(heading: string): string[][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

test.for([
  ['worker', '`etcd-backup worker`'],
  ['run', '`etcd-backup run <cluster>`'],
  ['resume', '`etcd-backup resume <cluster> <run name>`'],
  ['recheck', '`etcd-backup recheck <cluster>`'],
  ['check', '`etcd-backup check <cluster>`'],
  ['rbac', '`etcd-backup rbac [cluster]`'],
  ['policy', '`etcd-backup policy <store>`'],
  ['list', '`etcd-backup list [cluster]`'],
  ['show', '`etcd-backup show <backup>`'],
  ['cleanup', '`etcd-backup cleanup <cluster>`'],
] as const)('the page has every option of %s, in the words of --help', ([name, heading]) => {
  const command = createProgram().commands.find((one) => one.name() === name);
  const options = command?.options.map(({ flags, description }) => [`\`${flags}\``, description]);
  expect(rows(heading)).toEqual(options);
});

test('the page and --help explain every exit code alike', () => {
  const codes = Object.entries(exitCodeMeaning).map(([code, meaning]) => [code, meaning]);
  expect(rows('Exit codes')).toEqual(codes);
  expect(codes.map(([code]) => Number(code))).toEqual(Object.values(exitCode));
});
