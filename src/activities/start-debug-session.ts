import type { TakeContext } from '../contracts/index.ts';
import type { StepContext } from './step.ts';

/**
 * Makes the debug pod, or adopts the one that an earlier attempt made, waits until it is ready, and proves that commands may
 * be executed in it: whoever may not could not clean up on the node either, so nothing is made there before. Where the way to
 * the node is another one, it only proves that.
 */
export async function startDebugSessionStep(
  input: TakeContext,
  { resolver, signal }: StepContext,
): Promise<void> {
  const shell = await resolver.cluster(input.run.cluster).node.open(input, signal);
  await shell.run(['true'], { signal });
}
