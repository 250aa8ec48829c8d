import type { Progress } from './progress.ts';

/** What every part of `up` is handed: where to report, and when to stop. */
export interface Work {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}
