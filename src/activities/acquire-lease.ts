import type { HeldLease, RunContext } from '../contracts/index.ts';
import { acquireLease } from '../kubernetes/lease.ts';
import type { StepContext } from './step.ts';

/** Takes the cluster's lease: the one mutex across namespaces, schedules and children. */
export async function acquireLeaseStep(
  { run, policy }: RunContext,
  { resolver, signal }: StepContext,
): Promise<HeldLease> {
  const claim = { namespace: policy.namespace, run: run.name, cluster: run.cluster };
  return await acquireLease(resolver.cluster(run.cluster).api, claim, signal);
}
