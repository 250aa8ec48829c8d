import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { format, resolveConfig } from 'prettier';
import { describe, expect, test } from 'vitest';

import { canonicalManifest } from '../../src/store/manifest.ts';
import { manifestJsonSchema } from '../../src/store/manifest-schema.ts';
import { exampleManifest } from './example-manifest.ts';

const path = (name: string) => join(import.meta.dirname, '../../docs', name);
type Schema = ReturnType<typeof manifestJsonSchema>;

/** Every field, in the order of the format: `files[].key`. A map, whose keys nobody knows, is one field. */
function fieldsOf({ properties = {}, items }: Schema, at = ''): readonly string[] {
  if (typeof items === 'object' && !Array.isArray(items)) return fieldsOf(items, `${at}[]`);
  const fields = Object.entries(properties);
  if (fields.length === 0) return [at];
  return fields.flatMap(([name, field]) =>
    typeof field === 'object' ? fieldsOf(field, at === '' ? name : `${at}.${name}`) : [],
  );
}

const fields = fieldsOf(manifestJsonSchema());

test('the page has a row for each field of the format, in its order, and for no other', async () => {
  const page = await readFile(path('backup-format.md'), 'utf8');
  const table = page.slice(page.indexOf('## The manifest'), page.indexOf('## What is proven'));
  const documented = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, field]) => field);
  expect(documented).toEqual(fields);
});

test('the manifest that the other tests use has every field of the format', () => {
  const missing = fields.filter(
    (field) => valuesAt(exampleManifest, field.split('.')).length === 0,
  );
  expect(missing).toEqual([]);
});

function valuesAt(value: unknown, [name = '', ...below]: readonly string[]): readonly unknown[] {
  const key = name.replace(/\[\]$/, '');
  const field: unknown =
    typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  if (field === undefined) return [];
  const each: readonly unknown[] = key === name ? [field] : Array.isArray(field) ? field : [];
  return below.length === 0 ? each : each.flatMap((one) => valuesAt(one, below));
}

test('the committed JSON Schema is the one that manifests are read with', async () => {
  const file = path('manifest.schema.json');
  const options = (await resolveConfig(file)) ?? {};
  const schema = await format(JSON.stringify(manifestJsonSchema(), undefined, 2), {
    ...options,
    parser: 'json',
  });
  await expect(schema).toMatchFileSnapshot(file);
});

describe('by the JSON Schema', () => {
  // Each time stands there with its pattern too.
  const validate = new Ajv2020({ validateFormats: false }).compile(manifestJsonSchema());
  const json = (): Record<string, unknown> =>
    JSON.parse(canonicalManifest(exampleManifest).toString());

  test('a manifest is valid, and one of a newer release with more fields', () => {
    validate(json());
    expect(validate.errors).toBeNull();
    validate({
      ...json(),
      rehearsedAt: '2026-01-01',
      restore: { script: 'x', sameVersion: 'y', by: 1 },
    });
    expect(validate.errors).toBeNull();
  });

  test.for([
    ['no id', 'id', undefined],
    ['another format', 'format', 'temporal-etcd-backup/2'],
    ['a time that is none', 'createdAt', 'yesterday'],
    ['a signature by another algorithm', 'signature', { algorithm: 'rsa', keyId: '', value: '' }],
  ] as const)('a manifest with %s is not', ([, name, value]) => {
    expect(validate({ ...json(), [name]: value })).toBe(false);
  });
});
