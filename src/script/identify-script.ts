import { failure } from '../contracts/failures.ts';
import { scriptRelease, scriptReleases } from './releases.ts';
import type { ProposedRelease, ScriptMark, ScriptRelease } from './releases.ts';

/** A script that is on the node and executable, by what its text has. */
export interface FoundScript {
  readonly path: string;
  readonly sha256: string;
  readonly marks: readonly ScriptMark[];
}

/** The script that will be started, and the contract that it keeps. */
export interface IdentifiedScript {
  readonly script: FoundScript;
  readonly release: ScriptRelease;
  /** One line each. */
  readonly warnings: readonly string[];
}

/** What one knows of the node's version beforehand. */
export interface NodeVersions {
  /** What ClusterVersion says; absent where it was not asked. */
  readonly proposed?: string | undefined;
  /** What the node's operating system says, often without the last number. */
  readonly openshiftVersion?: string | undefined;
}

/**
 * Decides by the scripts on a node whose contract holds. The version that ClusterVersion says proposes; where the script that
 * is there keeps another contract, that one holds and a warning says so. A `cluster-backup.sh` that is not recognised is
 * expected to behave as proposed, with a warning: it writes into the directory it is given, and is judged by what it wrote.
 * Pure.
 *
 * @throws `ScriptMissing`, not retryable, when there is none that can be used
 */
export function identifyScript(
  found: readonly FoundScript[],
  { proposed, openshiftVersion }: NodeVersions,
  where: Readonly<Record<string, string>>,
): IdentifiedScript {
  const said = proposed ?? openshiftVersion;
  const expected = said === undefined ? undefined : scriptRelease(said);
  const promised = releaseOf(expected);
  const matching = scriptReleases.flatMap((release) => {
    const script = found.find((one) => keeps(one, release));
    return script === undefined ? [] : [{ script, release }];
  });
  const match =
    matching.findLast(({ release }) => promised !== undefined && !isAfter(release, promised)) ??
    matching.at(-1);
  if (match === undefined) return unrecognised(found, expected, where);
  if (match.release === promised) return { ...match, warnings: warningsOf(expected) };

  // A version without its last number says too little to be held against the script.
  const other =
    proposed === undefined
      ? []
      : [
          `the script on the node behaves like that of ${match.release.since}, OpenShift ${proposed} promises ${promised === undefined ? 'none' : `that of ${promised.since}`}`,
        ];
  return { ...match, warnings: [...match.release.warnings, ...other] };
}

function keeps({ path, marks }: FoundScript, release: ScriptRelease): boolean {
  const { has, lacks } = release.marks;
  return (
    path === release.path &&
    has.every((mark) => marks.includes(mark)) &&
    !lacks.some((mark) => marks.includes(mark))
  );
}

function isAfter(a: ScriptRelease, b: ScriptRelease): boolean {
  return scriptReleases.indexOf(a) > scriptReleases.indexOf(b);
}

function releaseOf(expected: ProposedRelease | undefined): ScriptRelease | undefined {
  return expected !== undefined && 'release' in expected ? expected.release : undefined;
}

function warningsOf(expected: ProposedRelease | undefined): readonly string[] {
  return expected !== undefined && 'release' in expected ? expected.warnings : [];
}

/** These take a directory, whatever else changes. */
const directoryTakers = scriptReleases.filter(({ path }) => path.endsWith('/cluster-backup.sh'));

function unrecognised(
  found: readonly FoundScript[],
  expected: ProposedRelease | undefined,
  where: Readonly<Record<string, string>>,
): IdentifiedScript {
  const promised = releaseOf(expected) ?? directoryTakers.at(-1);
  const script = found.find(({ path }) => path === promised?.path);
  if (script !== undefined && promised !== undefined && directoryTakers.includes(promised)) {
    const unknown = `${script.path} is none of the known releases: it is expected to behave like that of ${promised.since}`;
    return { script, release: promised, warnings: [...warningsOf(expected), unknown] };
  }
  const there = found.map(({ path }) => `${path} is none of the known releases`);
  const paths = [...new Set(scriptReleases.map(({ path }) => path))].join(' nor ');
  const reason = expected !== undefined && 'refused' in expected ? [expected.refused] : [];
  const observed = there.length > 0 ? there : [`neither ${paths} is there and executable`];
  throw failure('ScriptMissing', { observed: [...observed, ...reason].join('; '), where });
}
