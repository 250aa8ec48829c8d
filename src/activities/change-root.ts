import type { BackupActivities, NodeFacts } from '../contracts/index.ts';
import { requireFit } from '../openshift/evaluate-node-guards.ts';
import { inspectNode } from '../script/inspect-node.ts';
import { makeTakeDirectory } from '../script/make-take-directory.ts';
import { refuseNodeLock } from '../script/node-lock.ts';
import { sweepTakeDirectories } from '../script/sweep-take-directories.ts';
import { examineNode } from './examine-node.ts';
import { takeLockOf } from './mutex.ts';
import { reachStores } from './reach-stores.ts';
import type { StepContext } from './step.ts';

/**
 * Proves that the shell stands in the node's own root file system, removes what dead runs left there, evaluates the guards
 * that only the node can answer, and makes the take's directory. The script has not run when this refuses, and the take has no
 * directory. A node that is to send its files itself is asked which stores it reaches. Without a debug pod the run takes the lock
 * of the node beside its Lease, until `removeFiles`.
 *
 * @throws `NodeUnfit`, `NodeDiskFull` and `ScriptMissing`, with which the run moves to the next node; `GuardRefused`; none
 * retryable. `LeaseBusy`, retryable, while another run holds the lock of this node, or its script lives where the lock is taken
 */
export async function changeRootStep(
  input: Parameters<BackupActivities['changeRoot']>[0],
  context: StepContext,
): Promise<NodeFacts> {
  const { resolver, signal, report } = context;
  const { run, policy, take, facts } = input;
  const { api, node } = resolver.cluster(run.cluster);
  const shell = await node.open(input, signal);
  report('looking at the node');
  const inspect = async () => await inspectNode(shell, take, facts.openshiftVersion, signal);
  const proven = await inspect();
  const place = { backupDirectory: policy.backupDirectory, run: run.name };
  // A run without the API cannot see the Lease, nor be seen in it.
  const lock = takeLockOf(input, resolver);
  if (lock !== undefined) await lock.acquire(signal);
  else if (policy.mutex === 'lease') await refuseNodeLock(shell, place, signal);
  // Not before the proof; and what it frees counts. Whoever holds the Lease may live where only the lock could be taken.
  const swept = policy.mutex === 'lease' ? await sweepTakeDirectories(shell, place, signal) : [];
  const inspected = swept.length === 0 ? proven : await inspect();
  report('asking etcd');
  const subject = { ...input, inspected, ...(policy.mutex === 'nodeLock' ? {} : { api }) };
  const found = await examineNode(shell, subject, signal);
  requireFit(found.guards, take.nodeName);
  await makeTakeDirectory(shell, take, signal);
  report('looking for the stores from the node');
  const reached = await reachStores(input, shell, context);
  const warnings = [...found.warnings, ...reached.warnings];
  if (swept.length === 0) return { ...found, ...reached, warnings };
  const warning = `removed what dead runs had left on the node: ${swept.join(', ')}`;
  return { ...found, ...reached, warnings: [...warnings, warning] };
}
