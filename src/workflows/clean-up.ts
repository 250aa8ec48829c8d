import { ActivityFailure, CancellationScope, isCancellation } from '@temporalio/workflow';

import { stepOf, storesOf } from '../contracts/index.ts';
import type {
  DebugSession,
  KeptTake,
  Leftover,
  RunContext,
  TakeContext,
} from '../contracts/index.ts';
import { failureDetails } from '../contracts/failures.ts';
import { nameMutex } from './name-run.ts';
import type { RunStep } from './step-runner.ts';
import { byQueue } from './store-files.ts';

/** How far a run came: what there may be to clean up. Written before the step that makes it, never after. */
export interface Reached {
  lease?: RunContext;
  /** A take whose pod may exist. */
  session?: DebuggedTake;
  /** A take whose directory, or uploads, may exist. */
  files?: TakeContext;
  /** A take with uploads that may be unfinished. */
  uploads?: TakeContext;
  /** What a later run must know to go on with the files, should these stay on the node. */
  kept?: KeptTake;
  /** The files are those of an earlier run, which were kept once already. */
  resumed?: true;
  /** What earlier takes of the run left. */
  leftovers?: readonly Leftover[];
}

interface UploadsIn {
  readonly uploadsIn: readonly string[];
}

/** A take whose way to the node is a debug pod. */
export type DebuggedTake = TakeContext & { readonly session: DebugSession };

/**
 * Removes what the run made: script, files and uploads, then the pod, then the lease, so that whoever gets the lease next
 * finds a clean node. Runs to its end whatever fails, and returns what is left. Verified files whose upload ended with
 * `error` stay on the node where the policy says so, and are told as left.
 */
export async function cleanUp(
  runStep: RunStep,
  reached: Reached,
  error: unknown,
): Promise<readonly Leftover[]> {
  const keep = keepsFiles(reached, error);
  await removeTake(runStep, reached, keep);
  return [
    ...(reached.leftovers ?? []),
    ...(await attempt(reached.lease, leftLease, (lease) => runStep('releaseLease', lease))),
    ...(keep ? [] : await giveUpUploads(runStep, reached.uploads)),
  ];
}

/** In the stores that only the workers of their own task queues can reach; `removeFiles` on the node did it in the others. */
async function giveUpUploads(
  runStep: RunStep,
  take: TakeContext | undefined,
): Promise<readonly Leftover[]> {
  if (take === undefined) return [];
  const left: Leftover[] = [];
  for (const { stores, queue } of byQueue(take.policy, storesOf(take.policy))) {
    if (queue.taskQueue === undefined) continue;
    const input = { ...take, uploadsIn: stores };
    left.push(
      ...(await attempt(input, leftUploads, async () => {
        const label = { summary: stores.join(', '), ...queue };
        return (await runStep('removeFiles', input, label)).leftovers;
      })),
    );
  }
  return left;
}

/**
 * Removes the files and the pod of a take, or keeps the files, and writes down what is left. A cancel waits for it: what it
 * did not come to would be on the cluster for good.
 */
export async function removeTake(runStep: RunStep, reached: Reached, keep = false): Promise<void> {
  const { files, session } = reached;
  await CancellationScope.nonCancellable(async () => {
    reached.leftovers = [
      ...(reached.leftovers ?? []),
      ...(files !== undefined && keep ? [keptFiles(files)] : []),
      ...(await attempt(files, keep ? notMarked : leftFiles, async (take) => {
        const { kept } = reached;
        const input = keep
          ? ({ ...take, keep, ...(kept === undefined ? {} : { kept }) } as const)
          : take;
        const { leftovers } = await runStep('removeFiles', input, label(take));
        return leftovers;
      })),
      ...(await attempt(session, leftPod, (take) => runStep('endDebugSession', take, label(take)))),
    ];
  });
  delete reached.files;
  delete reached.session;
}

function keepsFiles({ files, resumed }: Reached, error: unknown): boolean {
  // They may be the only copy of a backup: neither a cancel nor any failure is a reason to remove them.
  if (resumed === true) return error !== undefined;
  if (files?.policy.keepOnNode !== 'onUploadFailure' || isCancellation(error)) return false;
  const step = error instanceof ActivityFailure ? stepOf(error.activityType) : undefined;
  return step === 'uploadSnapshot' || step === 'uploadStaticKubeResources';
}

function label({ take }: TakeContext): { readonly summary: string; readonly take: number } {
  return { summary: take.nodeName, take: take.number };
}

/** Runs one step of the cleanup where there is something to clean; a failure becomes a leftover. */
async function attempt<T>(
  context: T | undefined,
  left: (context: T) => Leftover,
  remove: (context: T) => Promise<readonly Leftover[] | void>,
): Promise<readonly Leftover[]> {
  if (context === undefined) return [];
  try {
    return (await remove(context)) ?? [];
  } catch (error) {
    // A fault of the workflow's own must stop the task, not end the run.
    if (!(error instanceof ActivityFailure)) throw error;
    const { observed } = failureDetails(error.cause);
    const leftover = left(context);
    return [{ ...leftover, what: `${leftover.what} (${observed})` }];
  }
}

function keptFiles({ run, take }: TakeContext): Leftover {
  return {
    what: 'verified files, kept because their upload failed',
    where: `${take.nodeName}:${take.directory}/backup`,
    nextStep: `etcd-backup resume ${run.cluster} ${run.name} goes on with them when the store is back; etcd-backup cleanup ${run.cluster} --kept removes them.`,
  };
}

function notMarked({ take }: TakeContext): Leftover {
  return {
    what: 'no mark that the files are kept',
    where: `${take.nodeName}:${take.directory}`,
    nextStep: 'Bring the files to a safe place before the next backup: it may remove them.',
  };
}

function leftFiles({ run, take }: TakeContext): Leftover {
  return {
    what: 'directory on the node',
    where: `${take.nodeName}:${take.directory}`,
    nextStep: `etcd-backup cleanup ${run.cluster} removes it; do not leave it: it holds a copy of etcd.`,
  };
}

function leftUploads({ run, uploadsIn }: TakeContext & UploadsIn): Leftover {
  return {
    what: 'unfinished uploads',
    where: uploadsIn.join(', '),
    nextStep: `etcd-backup cleanup ${run.cluster} gives them up; or let the lifecycle rule of the store do so.`,
  };
}

function leftPod({ run, session }: DebuggedTake): Leftover {
  const { namespace, podName } = session;
  return {
    what: 'privileged debug pod',
    where: `${namespace}/${podName}`,
    nextStep: `etcd-backup cleanup ${run.cluster}, or: oc delete pod -n ${namespace} ${podName}`,
  };
}

function leftLease({ policy }: RunContext): Leftover {
  return {
    what: policy.mutex === 'lease' ? 'lease' : 'lock on the node',
    where: nameMutex(policy),
    nextStep: 'Nothing: it expires by itself within ten minutes.',
  };
}
