import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { steps } from '../../src/contracts/index.ts';
import type { Step } from '../../src/contracts/index.ts';

/** A change to the sources that breaks one promise, and the test that must notice. */
export interface Break {
  /** The file's name without its ending: what `--only` takes. */
  readonly name: string;
  readonly path: string;
  /** The row of the runbook that it belongs to. */
  readonly step: Step;
  /** What the sources no longer do. */
  readonly promise: string;
  readonly test: NamedTest;
  /** The files that it changes. */
  readonly changes: readonly string[];
}

/** One test by its place. */
export interface NamedTest {
  readonly file: string;
  /** Its describes, then its title. */
  readonly names: readonly string[];
}

/** Reads the patches of a directory, in order of name. Every patch begins with `step:`, `promise:` and `test:`. */
export async function readBreaks(directory: string): Promise<readonly Break[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.patch')).sort();
  return await Promise.all(names.map(async (name) => await readBreak(join(directory, name))));
}

async function readBreak(path: string): Promise<Break> {
  const text = await readFile(path, 'utf8');
  const header = (field: string): string => {
    const value = new RegExp(`^${field}: (.+)$`, 'm').exec(text)?.[1]?.trim();
    if (value === undefined) throw new Error(`${path}: no line "${field}: …" above the diff`);
    return value;
  };
  const named = header('step');
  const step = steps.find((each) => each === named);
  if (step === undefined) throw new Error(`${path}: ${named} is no step of the runbook`);
  const [file = '', ...names] = header('test').split(' > ');
  const changes = [...text.matchAll(/^\+\+\+ b\/(\S+)$/gm)].map((match) => match[1] ?? '');
  if (names.length === 0) throw new Error(`${path}: the test has no name`);
  if (changes.length === 0 || !changes.every((change) => change.startsWith('src/'))) {
    throw new Error(`${path}: changes ${changes.join(', ') || 'nothing'}, expected files of src`);
  }
  const promise = header('promise');
  return { name: basename(path, '.patch'), path, step, promise, test: { file, names }, changes };
}
