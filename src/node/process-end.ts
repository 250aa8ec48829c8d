import type { ProcessEnd } from './piped-process.ts';

/** An end that nobody asked for, in words. */
export function endWords(end: Exclude<ProcessEnd, { readonly kind: 'aborted' }>): string {
  if (end.kind === 'exited') return `the command ended with exit code ${end.exitCode}`;
  if (end.kind === 'closed') return 'the connection was closed';
  return end.kind === 'lost' ? end.observed : `it could not be started (${end.code})`;
}
