import type { ScriptRun, SnapshotStatus, Take } from '../contracts/index.ts';
import { formatBytes } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { FailureType } from '../contracts/failures.ts';
import { parseSnapshotStatus } from '../snapshot/status.ts';
import type { ScriptOutcome } from './read-outcome.ts';
import type { ScriptRelease } from './releases.ts';
import { takeDirectory } from './take-directory.ts';

/**
 * Judges a script that ended: success is exit code 0 **and** the success line **and** exactly the two files **and** etcd's own
 * status of the snapshot, never one of them alone.
 *
 * @throws `NodeDiskFull`, `NodeUnfit`, `ScriptFailed` by what the output says; `ArtefactsUnexpected`; none retryable: the take
 * is over
 */
export function judgeScript(
  outcome: ScriptOutcome,
  take: Take,
  release: ScriptRelease,
): Extract<ScriptRun, { readonly outcome: 'succeeded' }> {
  const { backup } = takeDirectory(take);
  const where = { node: take.nodeName, exitCode: outcome.exitCode };
  if (outcome.exitCode !== 0) throw verdict(outcome, where);
  if (!outcome.lines.includes(release.successLine(backup))) {
    throw failure('ScriptFailed', {
      observed: 'the script exited with 0, but its success line is missing',
      where,
    });
  }
  const fileNames = artefacts(outcome.names, release, where);
  return {
    outcome: 'succeeded',
    startedAt: outcome.startedAt,
    finishedAt: outcome.finishedAt,
    status: reportedStatus(outcome, where),
    possiblyDirty: fileNames.snapshot.includes('__POSSIBLY_DIRTY__'),
    fileNames,
  };
}

type Where = Readonly<Record<string, string | number>>;

/** Lines of the vendor's script and of etcdctl that name a cause, see `docs/failures.md`. */
const causes: readonly {
  readonly line: RegExp;
  readonly type: FailureType;
  readonly observed: string;
  readonly nextStep?: string;
}[] = [
  {
    line: /no space left on device/i,
    type: 'NodeDiskFull',
    observed: 'the file system of the backup directory filled up while the script ran',
  },
  {
    line: /operator is progressing/,
    type: 'ScriptFailed',
    observed: 'a rollout is in progress: a control plane operator is progressing',
    nextStep:
      'Wait until kube-apiserver, kube-controller-manager, kube-scheduler and etcd are settled.',
  },
  {
    line: /Could not find the status of the/,
    type: 'NodeUnfit',
    observed: 'the API server on this node does not answer',
  },
  {
    line: /Valid kubeconfig is not found/,
    type: 'NodeUnfit',
    observed: 'the node has no kubeconfig of its API server',
  },
  {
    line: /required dependencies not found/,
    type: 'NodeUnfit',
    observed: 'the node runs no etcd static pod',
  },
  {
    line: /error finding (manifests|static-pod-resources)/,
    type: 'NodeUnfit',
    observed: 'the static pods of the node are being replaced',
  },
  {
    line: /Backup integrity verification failed/,
    type: 'VerificationFailed',
    observed: "etcd's own check refused the snapshot",
  },
  {
    line: /is also missing in the second directory/,
    type: 'ScriptFailed',
    observed: 'the etcd client certificates are not where the script looks',
    nextStep: 'Compare the certificates under /etc/kubernetes/static-pod-resources with etcd.env.',
  },
  {
    line: /Could neither pull etcdctl nor find it locally/,
    type: 'ScriptFailed',
    observed: 'the script could not get etcdctl from the etcd image',
    nextStep: 'Check registry, pull secret and proxy of the node.',
  },
];

// Before the start many times as much was free.
const scarceBytes = 1024 * 1024;

// The output itself may hold anything, a proxy password included: only the words above leave the node.
function verdict({ lines, exitCode, freeBytes }: ScriptOutcome, where: Where): Error {
  const cause = causes.find(({ line }) => lines.some((written) => line.test(written)));
  // On a full disk the line that says so is lost with the rest.
  if (cause === undefined && freeBytes < scarceBytes) {
    const observed = `the script exited with ${exitCode}, and ${formatBytes(freeBytes)} are free on the file system of the backup directory`;
    return failure('NodeDiskFull', { observed, where });
  }
  if (cause === undefined) {
    return failure('ScriptFailed', {
      observed: `the script exited with ${exitCode}, expected 0, and no line of its output is a known one`,
      where,
      nextStep: 'Run the script by hand on the node and read its output.',
    });
  }
  const { type, observed, nextStep } = cause;
  return failure(type, { observed, where, ...(nextStep === undefined ? {} : { nextStep }) });
}

function artefacts(
  names: readonly string[],
  release: ScriptRelease,
  where: Where,
): { readonly snapshot: string; readonly staticKubeResources: string } {
  const snapshots = names.filter((name) => release.snapshotPattern.test(name));
  const tarballs = names.filter((name) => release.staticKubeResourcesPattern.test(name));
  const [snapshot] = snapshots;
  const [staticKubeResources] = tarballs;
  const others = names.length - snapshots.length - tarballs.length;
  if (
    snapshot === undefined ||
    staticKubeResources === undefined ||
    snapshots.length + tarballs.length !== 2
  ) {
    throw failure('ArtefactsUnexpected', {
      observed: `the script left ${snapshots.length} snapshots, ${tarballs.length} tarballs and ${others} other files, expected 1, 1 and 0`,
      where,
    });
  }
  return { snapshot, staticKubeResources };
}

function reportedStatus({ lines }: ScriptOutcome, where: Where): SnapshotStatus {
  for (const line of lines.toReversed()) {
    const status = line.startsWith('{"hash"') ? parseSnapshotStatus(line) : undefined;
    if (status !== undefined) return status;
  }
  throw failure('ScriptFailed', {
    observed: "etcd's status of the snapshot is missing in the script's output",
    where,
  });
}
