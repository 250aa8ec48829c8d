import type {
  FileKind,
  ScriptFileNames,
  ScriptRun,
  SnapshotStatus,
  Take,
} from '../contracts/index.ts';
import { formatBytes } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import { parseSnapshotStatus } from '../snapshot/status.ts';
import type { ScriptOutcome } from './read-outcome.ts';
import type { ScriptRelease } from './releases.ts';
import { scriptCauses } from './script-causes.ts';
import type { ScriptCause } from './script-causes.ts';
import { takeDirectory } from './take-directory.ts';

/**
 * Judges a script that ended: success is exit code 0 **and** the success line **and** exactly the files of its release
 * **and**, where its release promises it, etcd's own status of the snapshot, never one of them alone. What minutes or another
 * node mend is an outcome.
 *
 * @throws `NodeDiskFull`, `VerificationFailed`, `ScriptFailed` by exit code and output; `ArtefactsUnexpected`; none
 * retryable: the take is over
 */
export function judgeScript(
  outcome: ScriptOutcome,
  take: Take,
  release: ScriptRelease,
): Exclude<ScriptRun, { readonly outcome: 'died' }> {
  const { backup } = takeDirectory(take);
  const where = { node: take.nodeName, exitCode: outcome.exitCode };
  if (outcome.exitCode !== 0) return verdict(outcome, where);
  if (!outcome.lines.some((line) => release.isSuccessLine(line, backup))) {
    throw failure('ScriptFailed', {
      observed: 'the script exited with 0, but its success line is missing',
      where,
    });
  }
  const fileNames = artefacts(outcome.names, release, where);
  const status = reportedStatus(outcome);
  if (status === undefined && release.statusPromised) {
    throw failure('ScriptFailed', {
      observed: "etcd's status of the snapshot is missing in the script's output",
      where,
    });
  }
  return {
    outcome: 'succeeded',
    startedAt: outcome.startedAt,
    finishedAt: outcome.finishedAt,
    ...(status === undefined ? {} : { status }),
    possiblyDirty: Object.values(fileNames).some((name) => name.includes('__POSSIBLY_DIRTY__')),
    fileNames,
  };
}

type Where = Readonly<Record<string, string | number>>;

// Before the start many times as much was free.
const scarceBytes = 1024 * 1024;

// The output itself may hold anything, a proxy password included: only our own words for it leave the node.
function verdict(
  outcome: ScriptOutcome,
  where: Where,
): Extract<ScriptRun, { readonly outcome: 'refused' }> {
  const { exitCode, freeBytes } = outcome;
  const cause = scriptCauses.find((one) => fits(one, outcome));
  const isFull = freeBytes < scarceBytes;
  // On a full disk the line that says so is lost with the rest, and etcdctl's exit code says no more than that.
  if (isFull && (cause === undefined || 'advice' in cause.verdict)) {
    throw failure('NodeDiskFull', {
      observed: `the script exited with ${exitCode}, and ${formatBytes(freeBytes)} are free on the file system of the backup directory`,
      where,
    });
  }
  if (cause === undefined) {
    throw failure('ScriptFailed', {
      observed: `the script exited with ${exitCode}, expected 0, and no line of its output is a known one`,
      where,
      nextStep: 'Run the script by hand on the node and read its output.',
    });
  }
  const observed = cause.observed + proxyOf(cause, outcome);
  if ('advice' in cause.verdict) {
    return { outcome: 'refused', advice: cause.verdict.advice, observed };
  }
  throw failure(cause.verdict.type, {
    observed,
    where,
    ...(cause.verdict.nextStep === undefined ? {} : { nextStep: cause.verdict.nextStep }),
  });
}

function fits(cause: ScriptCause, { exitCode, lines }: ScriptOutcome): boolean {
  const { exitCodes, without } = cause;
  const written = (pattern: RegExp): boolean => lines.some((line) => pattern.test(line));
  return (
    cause.lines.every(written) &&
    (exitCodes === undefined || exitCodes.includes(exitCode)) &&
    (without === undefined || !written(without))
  );
}

function proxyOf({ isDownload }: ScriptCause, { proxySet }: ScriptOutcome): string {
  if (isDownload === undefined) return '';
  return proxySet ? '; a proxy is set for it' : '; no proxy is set for it';
}

function artefacts(
  names: readonly string[],
  release: ScriptRelease,
  where: Where,
): ScriptFileNames {
  const kinds = fileKinds.flatMap((kind) => {
    const pattern = release.artefacts[kind];
    return pattern === undefined
      ? []
      : [{ kind, names: names.filter((name) => pattern.test(name)) }];
  });
  const known = kinds.reduce((sum, { names }) => sum + names.length, 0);
  const others = names.length - known;
  // What lies beside them may be a private key: it is neither collected nor looked at.
  if (kinds.some(({ names }) => names.length !== 1)) {
    const found = kinds.map(({ kind, names }) => `${names.length} ${kind}`).join(', ');
    const expected = kinds.map(({ kind }) => `1 ${kind}`).join(', ');
    throw failure('ArtefactsUnexpected', {
      observed: `the script left ${found} and ${others} other files, expected ${expected}`,
      where,
    });
  }
  return Object.fromEntries(kinds.map(({ kind, names }) => [kind, names[0]]));
}

const fileKinds: readonly FileKind[] = ['snapshot', 'staticKubeResources', 'combined'];

function reportedStatus({ lines }: ScriptOutcome): SnapshotStatus | undefined {
  for (const line of lines.toReversed()) {
    const status = line.startsWith('{"hash"') ? parseSnapshotStatus(line) : undefined;
    if (status !== undefined) return status;
  }
  return undefined;
}
