import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { LineCounter, parseDocument, visit } from 'yaml';
import type { Document, YAMLError } from 'yaml';

import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import type { ConfigProblem } from './config-error.ts';
import { parseConfig } from './parse.ts';
import { yamlPosition } from './yaml-position.ts';

/**
 * Reads a configuration file: checked whole, defaults filled in, relative paths made absolute from the file's own folder.
 * Reads that one file and nothing else; kubeconfigs and stores are not touched.
 *
 * @throws {ConfigError} with every problem of the file, by line and column
 * @see docs/configuration.md
 */
export async function loadConfig(file: string): Promise<Config> {
  const lines = new LineCounter();
  const text = await readText(file);
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    merge: true,
  });
  const place = (offset: number): Pick<ConfigProblem, 'file' | 'line' | 'column'> => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };

  const broken = [...document.errors, ...document.warnings].map(syntaxError);
  const faults = [...broken, ...lostAliases(document)];
  if (faults.length > 0) {
    throw new ConfigError(
      faults.map(({ offset, got }) => ({
        ...place(offset),
        field: '',
        expected: 'valid YAML',
        got,
      })),
    );
  }
  const parsed = parseConfig(plainData(document, file), dirname(resolve(file)));
  if ('config' in parsed) return parsed.config;
  const problems = parsed.problems.map(({ path, at, ...problem }) => ({
    ...place(yamlPosition(document, path, at)),
    ...problem,
  }));
  throw new ConfigError(problems.sort(byPlace));
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'an error';
    const got = reasons[code] ?? code;
    throw new ConfigError([{ file, field: '', expected: 'a readable configuration file', got }]);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'a directory',
};

interface Fault {
  readonly offset: number;
  readonly got: string;
}

// The message may quote the file after a colon, and a file may hold what nobody should read in a log.
function syntaxError({ code, message, pos }: YAMLError): Fault {
  const said = code === 'MULTIPLE_DOCS' ? 'a second document' : message.split(': ')[0];
  return { offset: pos[0], got: `an error: ${said}` };
}

// The library finds these only when it makes plain data, and then no longer knows where they stood.
function lostAliases(document: Document.Parsed): Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return;
      faults.push({ offset: alias.range?.[0] ?? 0, got: 'an alias whose anchor is not above it' });
    },
  });
  return faults;
}

function plainData(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS();
  } catch {
    throw new ConfigError([
      { file, field: '', expected: 'YAML without endless aliases', got: 'aliases that never end' },
    ]);
  }
}

function byPlace(a: ConfigProblem, b: ConfigProblem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
