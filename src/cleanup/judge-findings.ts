import type { Finding } from './finding.ts';
import type { LiveRuns } from './live-runs.ts';

/** What is to happen to a finding, and why. */
export type Verdict =
  | { readonly verdict: 'remove' }
  /** Of a run that lives: left alone. */
  | { readonly verdict: 'live'; readonly because: string }
  /** Nobody can say whether its run lives: left alone. */
  | { readonly verdict: 'unknown'; readonly because: string }
  /** Marked to stay, and nobody asked for such. */
  | { readonly verdict: 'kept'; readonly because: string };

/** A finding with its verdict. */
export interface Judged {
  readonly finding: Finding;
  readonly verdict: Verdict;
}

/**
 * Decides about each finding: what a live run made is left alone, what is marked to stay is removed only with `kept`, the
 * rest is removed. Pure.
 */
export function judgeFindings(
  found: readonly Finding[],
  { live, isCertain }: LiveRuns,
  { kept }: { readonly kept: boolean },
): readonly Judged[] {
  const keptRuns = new Set(
    found
      .filter((each) => each.kind === 'directory' && each.state === 'kept')
      .map(({ run }) => run),
  );
  const unnamed = live.find(({ run }) => run === undefined);
  const judge = (finding: Finding): Verdict => {
    const own = live.find(({ run }) => run !== '' && run === finding.run);
    if (own !== undefined) return { verdict: 'live', because: own.because };
    if (!isCertain) return { verdict: 'unknown', because: unnamed?.because ?? leaseUnread };
    if (!kept && isKept(finding, keptRuns)) {
      return { verdict: 'kept', because: 'its files are marked to stay' };
    }
    return { verdict: 'remove' };
  };
  return found.map((finding) => ({ finding, verdict: judge(finding) }));
}

const leaseUnread = 'the lease, which every run holds, could not be read';

/** An unfinished upload of files that stay is what a resumed run continues. */
function isKept(finding: Finding, keptRuns: ReadonlySet<string>): boolean {
  if (finding.kind === 'directory') return finding.state === 'kept';
  return finding.kind === 'upload' && keptRuns.has(finding.run);
}
