import { defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import { ActivityFailure, TimeoutFailure, isCancellation, upsertMemo } from '@temporalio/workflow';
import type { ApplicationFailure } from '@temporalio/workflow';

import { stepOf } from '../contracts/index.ts';
import type { BackupMemo, BackupResult, Leftover } from '../contracts/index.ts';
import { failure, failureDetails, failureType, failureWith } from '../contracts/failures.ts';
import type { Board } from './board.ts';

/** Writes the memo and the last words of a completed run. */
export function endCompleted(board: Board, result: BackupResult): void {
  const bytes = result.files.reduce((sum, file) => sum + file.storedSizeBytes, 0);
  const { store, key } = result.manifest;
  remember({
    outcome: result.outcome,
    location: `${store}/${key}`,
    bytes,
    ...counted(result.leftovers),
  });
  board.end(result.outcome, result.leftovers);
}

/**
 * Writes the memo and the last words of a run that did not complete, and returns what the workflow throws: one failure of
 * the catalogue, or the cancellation as it is.
 */
export function endFailed(board: Board, error: unknown, leftovers: readonly Leftover[]): unknown {
  if (isCancellation(error)) {
    remember({ outcome: 'cancelled', ...counted(leftovers) });
    board.end('cancelled', leftovers, { next: 'start again.' });
    return error;
  }
  const failed = ofCatalogue(error, leftovers);
  const type = failed.type ?? 'UnexpectedError';
  remember({ outcome: 'failed', failure: type, ...counted(leftovers) });
  const { step, observed, nextStep } = failureDetails(failed);
  const where = step === undefined ? '' : ` in ${step}`;
  board.end('failed', leftovers, { failed: `${type}${where}: ${observed}`, next: nextStep });
  return failed;
}

/** What a step failed with, as one failure of the catalogue that names the step. */
export function ofCatalogue(error: unknown, leftovers: readonly Leftover[]): ApplicationFailure {
  const step = error instanceof ActivityFailure ? stepOf(error.activityType) : undefined;
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const where = step === undefined ? {} : { step };
  const left = leftovers.length === 0 ? {} : { leftovers };
  if (cause instanceof TimeoutFailure) {
    const observed = `${step ?? 'a step'} did not finish: ${cause.message}`;
    const before = failureBefore(cause);
    const type = failureType(before);
    if (type === undefined) return failure('NoProgress', { observed, leftovers, ...where });
    const details = failureDetails(before);
    const both = { ...details, observed: `${details.observed}; after that ${observed}` };
    return failureWith(type, { ...both, ...left, ...where });
  }
  const type = failureType(cause) ?? 'UnexpectedError';
  const details = failureDetails(cause);
  const observed = `${details.observed}${gaveUp(error)}`;
  return failureWith(type, { ...details, observed, ...left, ...where });
}

/** Why a step that might have passed at last was not tried again. */
function gaveUp(error: unknown): string {
  if (!(error instanceof ActivityFailure)) return '';
  if (error.retryState === 'TIMEOUT') return '; no time was left to try again';
  return error.retryState === 'MAXIMUM_ATTEMPTS_REACHED' ? '; every attempt failed' : '';
}

// What an attempt before the last one failed with, the reason that there were more. The server says it, the SDK's error does not.
function failureBefore({ failure: said }: TimeoutFailure): unknown {
  const { cause } = said ?? {};
  return cause && defaultFailureConverter.failureToError(cause, defaultPayloadConverter);
}

function counted(leftovers: readonly Leftover[]): Pick<BackupMemo, 'leftovers'> {
  return leftovers.length === 0 ? {} : { leftovers: leftovers.length };
}

function remember(etcdBackup: BackupMemo): void {
  upsertMemo({ etcdBackup });
}
