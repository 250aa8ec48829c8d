import type { RunContext } from '../contracts/index.ts';
import { mutexOf } from './mutex.ts';
import type { StepContext } from './step.ts';

/** Gives the lease, or the lock on the node, back, when it is ours. */
export async function releaseLeaseStep(
  input: RunContext,
  { resolver, signal }: StepContext,
): Promise<void> {
  await mutexOf(input, resolver).release(signal);
}
