import type { TakeContext } from '../contracts/index.ts';
import type { StepContext } from './step.ts';

/** Makes the debug pod, or adopts the one that an earlier attempt made, and waits until it is ready. */
export async function startDebugSessionStep(
  input: TakeContext,
  { resolver, signal }: StepContext,
): Promise<void> {
  await resolver.cluster(input.run.cluster).node.open(input, signal);
}
