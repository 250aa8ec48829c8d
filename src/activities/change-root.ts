import type { NodeFacts, TakeContext } from '../contracts/index.ts';
import { inspectNode } from '../script/inspect-node.ts';
import { makeTakeDirectory } from '../script/make-take-directory.ts';
import type { StepContext } from './step.ts';

/**
 * Proves that the shell stands in the node's own root file system, asks what only the node can answer, and makes the take's
 * directory. The script has not run when this refuses.
 */
export async function changeRootStep(
  input: TakeContext & { readonly openshiftVersion: string },
  { resolver, signal }: StepContext,
): Promise<NodeFacts> {
  const shell = await resolver.cluster(input.run.cluster).node.open(input, signal);
  await makeTakeDirectory(shell, input.take, signal);
  return await inspectNode(shell, input.take, input.openshiftVersion, signal);
}
