import type { CustodyRun, Trouble } from './custody-run.ts';

/** What went wrong in the runs so far: so that none passes because nothing did. */
export interface CustodyLog {
  /** Takes a run in. Returns what is amiss where the trouble that it is for did not come, a line. */
  add(run: CustodyRun, struck: readonly string[]): readonly string[];
  /** The kinds of trouble, by how they begin, that came in fewer runs than they must, a line each. */
  rarerThan(least: Readonly<Record<string, number>>): readonly string[];
}

/** Whose misfortune a trouble is. */
const victims: Readonly<Record<Trouble, string>> = {
  connections: 'connection: ',
  stores: 'store: ',
  overlaps: 'attempts: ',
  deaths: 'worker: ',
  changes: 'file: ',
};

export function custodyLog(): CustodyLog {
  const runs: (readonly string[])[] = [];
  return {
    add: (run, struck) => {
      const forms = [
        run.isSealed ? ['stored: sealed'] : [],
        run.isCompressed ? ['stored: zstd'] : [],
      ];
      runs.push([...struck, ...forms.flat()]);
      const victim = victims[run.trouble];
      if (struck.some((kind) => kind.startsWith(victim))) return [];
      return [`${victim}nothing struck; what did: ${struck.join(', ') || 'nothing'}`];
    },
    rarerThan: (least) =>
      Object.entries(least).flatMap(([kind, expected]) => {
        const { length } = runs.filter((kinds) => kinds.some((each) => each.startsWith(kind)));
        return length < expected ? [`${kind}: in ${length} runs, expected ${expected}`] : [];
      }),
  };
}
