import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

import { loadConfig } from '../../src/config/load.ts';
import { configJsonSchema } from '../../src/config/schema.ts';

const path = (name: string) => join(import.meta.dirname, '../../docs', name);
const page = await readFile(path('configuration.md'), 'utf8');

interface Row {
  readonly key: string;
  readonly default: string;
  readonly meaning: string;
}

type Schema = ReturnType<typeof configJsonSchema>;

function keysOf(schema: Schema, prefix: string[] = []): Row[] {
  const keys = Object.entries(schema.properties ?? {});
  return keys.flatMap(([key, field]) => {
    if (typeof field !== 'object') throw new Error(`${key} may be anything`);
    const at = [...prefix, key];
    const required = schema.required?.includes(key) === true;
    const preset = z.union([z.string(), z.number(), z.boolean()]).safeParse(field.default);
    const otherwise = preset.success ? `\`${preset.data}\`` : 'none';
    const row = { key: at.join('.'), default: required ? 'required' : otherwise };
    return [{ ...row, meaning: field.description ?? '' }, ...keysBelow(field, at)];
  });
}

/** Those of an entry of a map or of a list, where it is one. */
function keysBelow(field: Schema, at: string[]): Row[] {
  const [key = ''] = at.slice(-1);
  const { additionalProperties: entry, items } = field;
  if (typeof entry === 'object') return keysOf(entry, [...at, `<${key.slice(0, -1)}>`]);
  const isList = typeof items === 'object' && !Array.isArray(items);
  return isList ? keysOf(items, [...at.slice(0, -1), `${key}[]`]) : keysOf(field, at);
}

function documented(): Row[] {
  const rows = page.matchAll(/^\| `(?<key>[^`]+)` +\| (?<preset>\S+) +\| (?<meaning>.+?) +\|$/gm);
  return [...rows].map(({ groups: { key = '', preset = '', meaning = '' } = {} }) => ({
    key,
    default: preset,
    meaning,
  }));
}

const examples = [...page.matchAll(/```yaml\n(.+?)```/gs)].map(([, yaml = '']) => yaml);

test('the page says of every key what the schema says, and of no other', () => {
  const schema = keysOf(configJsonSchema());
  expect(schema.length).toBeGreaterThan(15);
  expect(documented()).toEqual(schema);
});

test.for([
  ['the smallest', 0, 'prod-eu'],
  ['the largest', 1, 'prod-us'],
] as const)('%s example of the page is a valid configuration', async ([, index, cluster]) => {
  const directory = await mkdtemp(join(tmpdir(), 'etcd-backup-docs-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'etcd-backup.yaml');
  await writeFile(file, examples[index] ?? '');
  expect(Object.keys((await loadConfig(file)).clusters)).toContain(cluster);
});

test('the largest example uses every key', () => {
  const used: unknown = parse(examples[1] ?? '', { merge: true });
  const text = JSON.stringify(used);
  const missing = keysOf(configJsonSchema()).filter(
    ({ key }) => !text.includes(`"${key.split('.').at(-1)}"`),
  );
  expect(missing).toEqual([]);
});

test('the committed JSON Schema is the one that the file is checked with', async () => {
  const file = path('configuration.schema.json');
  const options = (await resolveConfig(file)) ?? {};
  const schema = await format(JSON.stringify(configJsonSchema(), undefined, 2), {
    ...options,
    parser: 'json',
  });
  await expect(schema).toMatchFileSnapshot(file);
});
