import { Context } from '@temporalio/activity';

import type { BackupPolicy, Progress, Run, Step } from '../contracts/index.ts';
import { failure, failureType } from '../contracts/failures.ts';
import { renewLease } from '../kubernetes/lease.ts';
import type { Resolver } from '../config/resolve.ts';

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

/** Whether a step holds the run's lease, and keeps it. */
type LeaseUse = 'none' | 'kept' | 'keptIfOurs';

/**
 * Makes an activity of a step: it heartbeats on a timer, which carries progress and brings cancellation; renews the lease of
 * the run; and ends with a result, a failure of the catalogue, or the cancellation as it is.
 */
export function activity<I extends { readonly run: Run; readonly policy?: BackupPolicy }, O>(
  resolver: Resolver,
  step: Step,
  lease: LeaseUse,
  work: (input: I, context: StepContext) => Promise<O>,
): (input: I) => Promise<O> {
  return async (input) => {
    const current = Context.current();
    const { cancellationSignal, info } = current;
    const lost = new AbortController();
    const signal = AbortSignal.any([cancellationSignal, lost.signal]);
    let progress: Progress = { version: 1, step, state: 'begun' };

    const beat = (): void => current.heartbeat(progress);
    const timer = setInterval(beat, Math.max(100, (info.heartbeatTimeoutMs ?? 30_000) / 4));
    const stopRenewing = keepLease(resolver, input, lease, (error) => lost.abort(error));
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

const renewEveryMs = 60_000;

/**
 * Renews the lease now and every minute. Only its loss matters: while the API is away it cannot be taken over either. The
 * returned function stops it and waits for a renewal that is under way: one that came after the release would make the lease
 * again.
 */
function keepLease(
  resolver: Resolver,
  { run, policy }: { readonly run: Run; readonly policy?: BackupPolicy },
  lease: LeaseUse,
  lose: (error: unknown) => void,
): () => Promise<void> {
  if (lease === 'none' || policy === undefined) return async () => {};
  const claim = { namespace: policy.namespace, run: run.name, cluster: run.cluster };
  const renew = async (): Promise<void> => {
    try {
      const { api } = resolver.cluster(run.cluster);
      await renewLease(api, claim, AbortSignal.timeout(renewEveryMs));
    } catch (error) {
      if (lease === 'kept' && failureType(error) === 'LeaseLost') lose(error);
    }
  };
  let renewal = renew();
  const timer = setInterval(() => {
    renewal = renewal.then(renew);
  }, renewEveryMs);
  return async () => {
    clearInterval(timer);
    await renewal;
  };
}

function unexpected(error: unknown): Error {
  const observed = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return failure('UnexpectedError', { observed });
}
