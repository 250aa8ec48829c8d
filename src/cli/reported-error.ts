import { failureDetails, failureType } from '../contracts/index.ts';
import type { FailureDetails } from '../contracts/index.ts';
import { ConfigError, problemLine } from '../config/config-error.ts';
import type { ConfigProblem } from '../config/config-error.ts';
import { exitCode } from './exit-code.ts';
import type { ExitCode } from './exit-code.ts';

/** What the command says of an error: for people in words, for programs as the last line of `--json`. */
export interface ReportedError extends Omit<FailureDetails, 'step'> {
  /** A type of the failure catalogue, or one of the command's own. */
  readonly type: string;
  readonly step?: string;
  /** All problems of an invalid configuration. */
  readonly problems?: readonly ConfigProblem[];
}

/** Ends the command with a report and an exit code. */
export class CommandError extends Error {
  readonly report: ReportedError;
  readonly exitCode: ExitCode;

  constructor(report: ReportedError, exitCode: ExitCode, options?: ErrorOptions) {
    super(report.observed, options);
    this.name = 'CommandError';
    this.report = report;
    this.exitCode = exitCode;
  }
}

/** Any error as the one that ends the command. */
export function commandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof ConfigError) return configInvalid(error);
  const type = failureType(error) ?? 'UnexpectedError';
  return new CommandError({ type, ...failureDetails(error) }, exitCodeOf(type), { cause: error });
}

/** The exit code of a run that failed with this type. */
export function exitCodeOf(type: string): ExitCode {
  if (type === 'GuardRefused') return exitCode.guardRefused;
  if (type === 'ConfigInvalid') return exitCode.usage;
  return exitCode.failed;
}

function configInvalid({ problems }: ConfigError): CommandError {
  const [first = '', ...others] = problems.map(problemLine);
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  const nextStep = 'Correct what is named, then start again; docs/configuration.md has every key.';
  const report = { type: 'ConfigInvalid', observed: first + more, nextStep, problems };
  return new CommandError(report, exitCode.usage);
}
