import {
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowFailedError,
} from '@temporalio/client';

import { exitCode } from './exit-code.ts';
import type { ExitCode } from './exit-code.ts';
import { exitCodeOf } from './reported-error.ts';
import type { ReportedError } from './reported-error.ts';
import { failureShape, resultShape } from './wire-shapes.ts';
import type { ResultOnWire } from './wire-shapes.ts';

/** How following a run ended. */
export type RunEnd =
  | { readonly kind: 'completed'; readonly result: ResultOnWire }
  | { readonly kind: 'failed' | 'cancelled' | 'detached'; readonly error: ReportedError };

/** What a completed run returned. */
export function completedEnd(result: unknown): RunEnd {
  const parsed = resultShape.safeParse(result);
  if (parsed.success) return { kind: 'completed', result: parsed.data };
  const observed = 'the run completed with a result that this release cannot read';
  const nextStep = 'Read the result in the Temporal UI, or with the release that the workers run.';
  return { kind: 'failed', error: { type: 'UnexpectedError', observed, nextStep } };
}

/** What a run that did not complete says, by what Temporal's client threw; other errors are not the run's and are thrown on. */
export function failedEnd(error: unknown, leftovers: ReportedError['leftovers']): RunEnd {
  if (!(error instanceof WorkflowFailedError)) throw error;
  const { cause } = error;
  const left = leftovers === undefined || leftovers.length === 0 ? {} : { leftovers };
  if (cause instanceof ApplicationFailure) {
    return { kind: 'failed', error: { ...left, ...catalogued(cause) } };
  }
  if (cause instanceof CancelledFailure) {
    return { kind: 'cancelled', error: { type: 'Cancelled', ...cancelled, ...left } };
  }
  const ended = cause instanceof TerminatedFailure ? 'was terminated' : 'ran into a timeout';
  const closed = cause instanceof TerminatedFailure || cause instanceof TimeoutFailure;
  const observed = closed ? `the run ${ended}: no step could clean up` : error.message;
  const type = cause instanceof TerminatedFailure ? 'Terminated' : 'UnexpectedError';
  return { kind: 'failed', error: { type, observed, nextStep: afterTermination } };
}

/** Somebody stopped following; the run goes on by itself. */
export function detachedEnd(cancelling: boolean): RunEnd {
  const observed = cancelling
    ? 'the run cleans up and ends as cancelled, and nobody follows it here any more'
    : 'the run goes on, and nobody follows it here any more';
  const nextStep = 'The same command follows it again; the Temporal UI shows it, and cancels it.';
  return { kind: 'detached', error: { type: 'Detached', observed, nextStep } };
}

/** The exit code that tells the end of a run. */
export function exitCodeOfEnd(end: RunEnd): ExitCode {
  if (end.kind === 'completed') return exitCode[end.result.outcome];
  return end.kind === 'failed' ? exitCodeOf(end.error.type) : exitCode.cancelled;
}

const cancelled = {
  observed: 'the run was cancelled; there is no backup',
  nextStep: 'Start again when you want a backup.',
};

const afterTermination =
  'Look for what it left with `etcd-backup cleanup`: the debug pod and the lease end by themselves, its directory on the node does not.';

function catalogued({ type, message, details }: ApplicationFailure): ReportedError {
  const parsed = failureShape.safeParse(details?.[0]);
  const said = parsed.success
    ? parsed.data
    : { observed: message, nextStep: "Look at the run and at the worker's log." };
  return { type: type ?? 'UnexpectedError', ...said };
}
