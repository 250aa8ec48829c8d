import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { clusterGuardNames } from '../../src/openshift/guards/index.ts';
import { nodeGuardNames } from '../../src/openshift/node-guards/names.ts';

const page = await readFile(join(import.meta.dirname, '../../docs/guards.md'), 'utf8');

/** The cells of the table below a heading, row by row. */
function rows(heading: string): string[][] {
  const section = page.split(/^## /m).find((text) => text.includes(heading)) ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

test.each([
  ['guards of the cluster', clusterGuardNames],
  ['guards of the node', nodeGuardNames],
] as const)(
  'the page has every one of the %s, in the order in which they are reported',
  (heading, names) => {
    expect(rows(heading).map(([, name]) => name)).toEqual(names.map((name) => `\`${name}\``));
  },
);

test('the page says of every guard which sentence it is, on what evidence, and when to override it', () => {
  const all = [...rows('guards of the cluster'), ...rows('guards of the node')];
  for (const row of all) {
    expect(row).toHaveLength(4);
    expect(row.every((cell) => cell.length > 0)).toBe(true);
  }
});
