import type { Change } from './changes.ts';
import type { RunEnd } from './run-end.ts';

/** A change as one line of `--json`. */
export function renderJson(change: Change): string {
  if (change.event !== 'progress') return JSON.stringify(change);
  const { before: _before, at, ...progress } = change;
  return JSON.stringify({ ...progress, at: new Date(at).toISOString() });
}

/** The last line of `--json`: the result, or the error. */
export function renderJsonEnd(end: RunEnd): string {
  return JSON.stringify(end.kind === 'completed' ? end.result : { error: end.error });
}
