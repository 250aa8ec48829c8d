import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { exampleManifest } from './example-manifest.ts';

const maps = new Set([
  'revisions',
  'labels',
  'encryption.keysBefore.revisions.running',
  'encryption.keysAfter.revisions.running',
]);

function fieldsOf(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each) => fieldsOf(each, `${path}[]`));
  if (typeof value !== 'object' || value === null || maps.has(path)) return [path];
  return Object.entries(value).flatMap(([name, each]) =>
    fieldsOf(each, path === '' ? name : `${path}.${name}`),
  );
}

test('the documented fields of a manifest are the ones that it has', async () => {
  const page = await readFile(new URL('../../docs/backup-format.md', import.meta.url), 'utf8');
  const table = page.slice(page.indexOf('## The manifest'), page.indexOf('## What is proven'));
  const documented = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, field]) => field);
  expect(new Set(documented)).toEqual(new Set(fieldsOf(exampleManifest, '')));
});
