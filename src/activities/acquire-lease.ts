import type { HeldLease, RunContext } from '../contracts/index.ts';
import { mutexOf } from './mutex.ts';
import type { StepContext } from './step.ts';

/** Takes the cluster's lease, or the lock on the node: the one mutex across namespaces, schedules and children. */
export async function acquireLeaseStep(
  input: RunContext,
  { resolver, signal }: StepContext,
): Promise<HeldLease> {
  return await mutexOf(input, resolver).acquire(signal);
}
