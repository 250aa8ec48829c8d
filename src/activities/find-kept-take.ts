import type { BackupActivities } from '../contracts/index.ts';
import { findKeptTake } from '../script/find-kept-take.ts';
import { takeLockOf } from './mutex.ts';
import type { StepContext } from './step.ts';

type FindKeptTake = BackupActivities['findKeptTake'];

/**
 * Looks on the node for the files that the run of this name kept. Reads only; where files are found, and the way to the node is no
 * debug pod, the run takes the lock of the node, as `changeRoot` does.
 */
export async function findKeptTakeStep(
  input: Parameters<FindKeptTake>[0],
  { resolver, signal, report }: StepContext,
): ReturnType<FindKeptTake> {
  const { run, policy } = input;
  report(`looking for files that run ${run.name} kept`);
  const shell = await resolver.cluster(run.cluster).node.open(input, signal);
  const place = { backupDirectory: policy.backupDirectory, run: run.name };
  const kept = await findKeptTake(shell, place, signal);
  if (kept === undefined) return {};
  await takeLockOf(input, resolver)?.acquire(signal);
  return { kept };
}
