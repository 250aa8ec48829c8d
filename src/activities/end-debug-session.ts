import type { TakeContext } from '../contracts/index.ts';
import type { StepContext } from './step.ts';

/** Deletes the debug pod and waits until the node has confirmed that it is gone; nothing where there is none. */
export async function endDebugSessionStep(
  input: TakeContext,
  { resolver, signal }: StepContext,
): Promise<void> {
  await resolver.cluster(input.run.cluster).node.end(input, signal);
}
