import type { CleanupScene } from '../cleanup/find-everything.ts';
import { whatOf, whereOf } from '../cleanup/finding.ts';
import type { Judged, Verdict } from '../cleanup/judge-findings.ts';
import type { Problem } from '../cleanup/problem.ts';
import type { Removal } from '../cleanup/remove-findings.ts';
import type { Survey } from '../cleanup/survey.ts';
import { formatAge } from './format-age.ts';

/** How a cleanup ended: `left` waits for a person, `live` is of live runs. */
export interface CleanupResult {
  readonly cluster: string;
  readonly removed: number;
  readonly left: number;
  readonly live: number;
}

/** Where a cleanup is told: to people, or to a program. */
export interface CleanupReporter {
  looking(scene: CleanupScene): void;
  survey(survey: Survey): void;
  /** Nobody confirmed. */
  unconfirmed(): void;
  removal(removal: Removal): void;
  problem(problem: Problem): void;
  interrupted(): void;
  end(result: CleanupResult): void;
}

export function cleanupReporter(json: boolean): CleanupReporter {
  return json ? jsonReporter() : wordsReporter();
}

function jsonReporter(): CleanupReporter {
  const tell = (event: object): void => {
    process.stdout.write(`${JSON.stringify(event)}\n`);
  };
  return {
    looking: ({ name, cluster, nodes }) =>
      tell({
        event: 'looking',
        cluster: name,
        namespace: cluster.namespace,
        nodes: nodes.map((node) => node.name),
      }),
    survey({ live, temporal, judged, problems }) {
      tell({
        event: 'temporal',
        ...(temporal.outcome === 'silent' ? temporal : { outcome: temporal.outcome }),
      });
      for (const run of live) tell({ event: 'live', ...run });
      for (const { finding, verdict } of judged) {
        const { kind, run } = finding;
        tell({
          event: 'found',
          kind,
          run,
          what: whatOf(finding),
          where: whereOf(finding),
          ...verdict,
        });
      }
      for (const problem of problems) this.problem(problem);
    },
    unconfirmed: () => tell({ event: 'unconfirmed' }),
    removal({ finding, ...removal }) {
      const { kind, run } = finding;
      const { outcome, ...rest } = removal;
      tell({ event: outcome, kind, run, where: whereOf(finding), ...rest });
    },
    problem: (problem) => tell({ event: 'problem', ...problem }),
    interrupted: () => tell({ event: 'interrupted' }),
    end: (result) => tell(result),
  };
}

function wordsReporter(): CleanupReporter {
  const say = (...lines: readonly string[]): void => {
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  };
  return {
    looking: (scene) => say(lookingWords(scene)),
    survey({ live, temporal, judged, problems }) {
      if (temporal.outcome === 'silent') {
        say(`${temporal.observed}: the lease alone says which runs live.`);
      }
      if (live.length > 0) say('Live runs, which are left alone:');
      for (const { run, because } of live) say(`  ${run ?? 'one that is not known'}: ${because}`);
      for (const [verdict, title] of titles) {
        const some = judged.filter((each) => each.verdict.verdict === verdict);
        if (some.length > 0) say(title, ...some.map(findingWords));
      }
      if (problems.length > 0) say('Could not be looked at:');
      for (const problem of problems) this.problem(problem);
    },
    unconfirmed: () => say('Nothing was removed: nobody said yes.'),
    removal(removal) {
      const where = whereOf(removal.finding);
      if (removal.outcome === 'removed') say(`removed ${where}`);
      else if (removal.outcome === 'left') say(`left ${where}: ${removal.because}`);
      else this.problem(removal.problem);
    },
    problem({ where, type, observed, nextStep }) {
      process.stderr.write(`  ${where}: ${type}: ${observed}\n    next: ${nextStep}\n`);
    },
    interrupted: () =>
      say(
        'Interrupted: the debug pods of this command are removed. A second Ctrl-C leaves them, and they end by themselves within 15 minutes.',
      ),
    end: ({ removed, left }) =>
      say(
        removed === 0 && left === 0
          ? 'Nothing of dead runs is left.'
          : `${removed} removed, ${left} left behind.`,
      ),
  };
}

function lookingWords({ name, cluster, nodes }: CleanupScene): string {
  const { namespace, access, stores } = cluster;
  const where = [
    `namespace ${namespace}`,
    ...nodes.map((node) => node.name),
    ...new Set([`store ${stores.snapshot}`, `store ${stores.staticKubeResources}`]),
  ];
  const pods =
    access === 'debugPod' && nodes.length > 0
      ? '\nOn each node a debug pod lists the directories; it is removed again. --no-nodes leaves the nodes out.'
      : '';
  return `Looking at ${name}: ${where.join(', ')}.${pods}`;
}

const titles: readonly (readonly [Verdict['verdict'], string])[] = [
  ['live', 'Of live runs, left alone:'],
  ['unknown', 'Perhaps of live runs, left alone:'],
  ['kept', 'Marked to stay, left alone without --kept:'],
  ['remove', 'Left behind by dead runs:'],
];

function findingWords({ finding, verdict }: Judged): string {
  const because = verdict.verdict === 'unknown' ? ` (${verdict.because})` : '';
  const age =
    finding.kind === 'directory'
      ? `, changed ${formatAge(Date.now() - Date.parse(finding.changedAt))} ago`
      : '';
  return `  ${whereOf(finding)}: ${whatOf(finding)}${age}${because}`;
}
