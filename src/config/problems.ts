import type { z } from 'zod';

import type { ConfigProblem } from './config-error.ts';
import { describeValue } from './describe-value.ts';
import { configJsonSchema } from './schema.ts';
import { suggest } from './suggest.ts';

/** A problem by the place of its field in the data; whoever knows the file adds file, line and column. */
export interface DataProblem extends ConfigProblem {
  readonly path: readonly PropertyKey[];
  /** Whether the field's name is the mistake, or its value. */
  readonly at: 'key' | 'value';
}

type Issue = z.core.$ZodIssue;

/** What zod found, in our words. */
export function problemsOf(issues: readonly Issue[]): DataProblem[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => unknownKey(issue.path, key));
    }
    if (issue.code === 'invalid_key') {
      const expected = issue.issues[0]?.message ?? issue.message;
      return [problem(issue.path, 'key', expected, describeValue(issue.path.at(-1)))];
    }
    return [problem(issue.path, 'value', issue.message, gotInstead(issue))];
  });
}

/** A problem at one place of the data. */
export function problem(
  path: readonly PropertyKey[],
  at: DataProblem['at'],
  expected: string,
  got: string,
  suggestion?: string,
): DataProblem {
  const field = fieldPath(path);
  return { path, at, field, expected, got, ...(suggestion === undefined ? {} : { suggestion }) };
}

function unknownKey(parent: readonly PropertyKey[], key: string): DataProblem {
  const known = knownKeys(parent);
  const expected = known.length === 1 ? `only ${known.join()}` : `one of ${known.join(', ')}`;
  return problem([...parent, key], 'key', expected, 'an unknown key', suggest(key, known));
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  let schema: z.core.JSONSchema._JSONSchema | undefined = configJsonSchema();
  for (const segment of path) {
    if (typeof schema !== 'object') break;
    schema = propertyOf(schema, segment);
  }
  return typeof schema === 'object' ? Object.keys(schema.properties ?? {}) : [];
}

function propertyOf(
  { properties, additionalProperties, items }: z.core.JSONSchema.JSONSchema,
  segment: PropertyKey,
): z.core.JSONSchema._JSONSchema | undefined {
  const ofList = Array.isArray(items) ? undefined : items;
  return properties?.[String(segment)] ?? additionalProperties ?? ofList;
}

function gotInstead(issue: Issue): string {
  const said: unknown = issue.code === 'custom' ? issue.params?.['got'] : undefined;
  return typeof said === 'string' ? said : describeValue(issue.input);
}

/** `clusters.prod-eu.deadline`; a name with dots of its own stands in brackets. */
function fieldPath(path: readonly PropertyKey[]): string {
  return path
    .map((segment, index) => {
      const name = String(segment);
      if (!/^[\w-]+$/.test(name)) return `[${JSON.stringify(name.slice(0, 64))}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}
