import { ActivityFailure, isCancellation } from '@temporalio/workflow';

import { stepOf } from '../contracts/index.ts';
import type { Leftover, RunContext, TakeContext } from '../contracts/index.ts';
import { failureDetails } from '../contracts/failures.ts';
import type { RunStep } from './step-runner.ts';

/** How far a run came: what there may be to clean up. Written before the step that makes it, never after. */
export interface Reached {
  lease?: RunContext;
  /** A take whose pod may exist. */
  session?: TakeContext;
  /** A take whose directory, or uploads, may exist. */
  files?: TakeContext;
}

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
  const kept = keepsFiles(reached, error) ? reached.files : undefined;
  return [
    ...(kept === undefined
      ? await removeTake(runStep, reached)
      : [keptFiles(kept), ...(await removeTake(runStep, { session: kept }))]),
    ...(await attempt(reached.lease, leftLease, (lease) => runStep('releaseLease', lease))),
  ];
}

/** Removes the files and the pod of a take. */
export async function removeTake(
  runStep: RunStep,
  { files, session }: Reached,
): Promise<readonly Leftover[]> {
  return [
    ...(await attempt(files, leftFiles, async (take) => {
      const { leftovers } = await runStep('removeFiles', take, label(take));
      return leftovers;
    })),
    ...(await attempt(session, leftPod, (take) => runStep('endDebugSession', take, label(take)))),
  ];
}

function keepsFiles({ files }: Reached, error: unknown): boolean {
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

function keptFiles({ take }: TakeContext): Leftover {
  return {
    what: 'verified files, kept because their upload failed',
    where: `${take.nodeName}:${take.directory}/backup`,
    nextStep: 'Bring both files to a safe place, then remove the directory as root on the node.',
  };
}

function leftFiles({ take }: TakeContext): Leftover {
  return {
    what: 'directory on the node',
    where: `${take.nodeName}:${take.directory}`,
    nextStep: 'Remove it as root on the node: it holds a copy of etcd.',
  };
}

function leftPod({ session }: TakeContext): Leftover {
  const { namespace, podName } = session;
  return {
    what: 'privileged debug pod',
    where: `${namespace}/${podName}`,
    nextStep: `oc delete pod -n ${namespace} ${podName}`,
  };
}

function leftLease({ policy }: RunContext): Leftover {
  return {
    what: 'lease',
    where: `${policy.namespace}/etcd-backup`,
    nextStep: 'Nothing: it expires by itself within ten minutes.',
  };
}
