import { onSignals } from './interrupts.ts';
import type { Reporter } from './reporter.ts';

/** What Ctrl-C means to a run that is followed. */
export interface CancelOrLeave {
  /** Aborts when following ends and the run goes on. */
  readonly signal: AbortSignal;
  /** Says which run it is; a Ctrl-C that came before counts. */
  readonly follow: (run: FollowedRun) => void;
  /** Whether the run was asked to end. */
  readonly cancelling: () => boolean;
  readonly stop: () => void;
}

export interface FollowedRun {
  /** Somebody else started it. */
  readonly joined: boolean;
  readonly cancel: () => Promise<unknown>;
}

/**
 * The first Ctrl-C cancels a run that this command started, and leaves a joined one alone; the second leaves any. SIGTERM
 * leaves at once: it ends this process, and a durable run need not end with it.
 */
export function cancelOrLeave(reporter: Reporter): CancelOrLeave {
  const leave = new AbortController();
  const asked = Promise.withResolvers<void>();
  let cancelled = false;
  const abort = (): void => leave.abort();
  const stopInterrupt = onSignals(['SIGINT'], { first: asked.resolve, second: abort });
  const stopTerminate = onSignals(['SIGTERM'], { first: abort, second: abort });
  const onceAsked = async (run: FollowedRun): Promise<void> => {
    await asked.promise;
    if (run.joined) abort();
    else cancelled = await cancel(run, reporter);
  };
  return {
    signal: leave.signal,
    follow(run) {
      void onceAsked(run);
    },
    cancelling: () => cancelled,
    stop() {
      stopInterrupt();
      stopTerminate();
    },
  };
}

async function cancel(run: FollowedRun, reporter: Reporter): Promise<boolean> {
  const words =
    'Cancelling: the run stops its script, removes what it made and ends. Ctrl-C again leaves it alone.';
  reporter.say(words, { event: 'cancelling' });
  try {
    await run.cancel();
    return true;
  } catch {
    const failed = 'Temporal did not take the cancel. Ctrl-C again leaves the run alone.';
    reporter.say(failed, { event: 'cancelFailed' });
    return false;
  }
}
