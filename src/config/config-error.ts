/** One thing that is wrong with a configuration, and where. */
export interface ConfigProblem {
  readonly file?: string;
  /** Counted from 1, like `column`; absent where the configuration is no file. */
  readonly line?: number;
  readonly column?: number;
  /** The path of the field, `clusters.prod-eu.deadline`; empty for the whole. */
  readonly field: string;
  readonly expected: string;
  /** What was there instead. A kind or a short value, never long text: that may be a secret in the wrong place. */
  readonly got: string;
  /** A known word close to the unknown one. */
  readonly suggestion?: string;
}

/** The configuration is not valid: `problems` holds all that was found, `message` one line for each. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(problemLine).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** *file:line:column: field: expected …, got …*; editors and terminals make the first part a link. */
export function problemLine(problem: ConfigProblem): string {
  const { file, line, column, field, expected, got, suggestion } = problem;
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  const parts = [place, field, `expected ${expected}, got ${got}`].filter((part) => part !== '');
  const hint = suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
  return parts.join(': ') + hint;
}
