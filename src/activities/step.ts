import { Context } from '@temporalio/activity';

import type { BackupPolicy, CheckStep, Progress, Run, Step, Take } from '../contracts/index.ts';
import { failure, failureType } from '../contracts/failures.ts';
import type { Resolver } from '../config/resolve.ts';
import { keepLease } from './keep-lease.ts';
import type { LeaseUse } from './keep-lease.ts';

/** What a step works with. */
export interface StepContext {
  readonly resolver: Resolver;
  /** Aborted when the attempt must end, whoever asked: an operator, Temporal, or the loss of the lease. */
  readonly signal: AbortSignal;
  /** Says what is happening; the next heartbeat carries it. */
  readonly report: (state: string, bytes?: Pick<Progress, 'bytesDone' | 'bytesTotal'>) => void;
  /** Whether the run itself is to end. A pause, a reset, a shutdown or a timeout only detach: the work goes on. */
  readonly cancelRequested: () => boolean;
}

/**
 * Makes an activity of a step: it heartbeats on a timer, which carries progress and brings cancellation; renews the lease of
 * the run; and ends with a result, a failure of the catalogue, or the cancellation as it is.
 */
export function activity<
  I extends { readonly run: Run; readonly policy?: BackupPolicy; readonly take?: Take },
  O,
>(
  resolver: Resolver,
  step: Step | CheckStep,
  lease: LeaseUse | ((input: I) => LeaseUse),
  work: (input: I, context: StepContext) => Promise<O>,
): (input: I) => Promise<O> {
  return async (input) => {
    const current = Context.current();
    const { cancellationSignal, info } = current;
    const lost = new AbortController();
    const signal = AbortSignal.any([cancellationSignal, lost.signal]);
    let progress: Progress = { version: 1, step, state: 'begun' };

    const beat = (): void => current.heartbeat(progress);
    const everyMs = Math.min(5000, Math.max(100, (info.heartbeatTimeoutMs ?? 30_000) / 4));
    const timer = setInterval(beat, everyMs);
    const use = typeof lease === 'function' ? lease(input) : lease;
    const stopRenewing = keepLease(resolver, input, use, (error) => lost.abort(error));
    beat();
    try {
      return await work(input, {
        resolver,
        signal,
        report(state, bytes = {}) {
          progress = { version: 1, step, state, ...bytes };
        },
        cancelRequested: () => current.cancellationDetails?.cancelRequested === true,
      });
    } catch (error) {
      // What a library throws when its signal aborts says nothing of who asked.
      if (signal.aborted) throw signal.reason;
      throw failureType(error) === undefined ? unexpected(error) : error;
    } finally {
      await stopRenewing();
      // The failure report carries the last progress, so that the next attempt and the UI see how far this one came.
      beat();
      clearInterval(timer);
    }
  };
}

function unexpected(error: unknown): Error {
  const observed = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return failure('UnexpectedError', { observed });
}
