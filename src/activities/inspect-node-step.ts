import type { CheckActivities, TakeContext } from '../contracts/index.ts';
import { examineNode } from './examine-node.ts';
import type { StepContext } from './step.ts';

type InspectNode = CheckActivities['inspectNode'];

/**
 * Goes to the node and evaluates the guards that only it can answer. Puts the debug pod there, and makes nothing besides;
 * {@link endInspectionStep} ends it. Safe to repeat.
 */
export async function inspectNodeStep(
  input: Parameters<InspectNode>[0],
  { resolver, signal, report }: Pick<StepContext, 'resolver' | 'signal' | 'report'>,
): ReturnType<InspectNode> {
  const { api, node } = resolver.cluster(input.run.cluster);
  report('opening a shell on the node');
  const shell = await node.open(input, signal);
  report('examining the node');
  const subject = { take: input.take, policy: input.policy, facts: input.facts };
  const known = input.policy.mutex === 'lease' ? { ...subject, api } : subject;
  const { guards, warnings, script, etcd, freeBytes, databaseBytes } = await examineNode(
    shell,
    known,
    signal,
  );
  const members = etcd === undefined ? {} : { etcd };
  return { guards, warnings, script, ...members, freeBytes, databaseBytes };
}

/** Ends what carried the look at the node, and waits until that is gone. Safe to repeat. */
export async function endInspectionStep(
  input: TakeContext,
  { resolver, signal }: Pick<StepContext, 'resolver' | 'signal'>,
): Promise<void> {
  await resolver.cluster(input.run.cluster).node.end(input, signal);
}
