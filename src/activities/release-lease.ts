import type { RunContext } from '../contracts/index.ts';
import { releaseLease } from '../kubernetes/lease.ts';
import type { StepContext } from './step.ts';

/** Gives the lease back, when it is ours. */
export async function releaseLeaseStep(
  { run, policy }: RunContext,
  { resolver, signal }: StepContext,
): Promise<void> {
  const claim = { namespace: policy.namespace, run: run.name, cluster: run.cluster };
  await releaseLease(resolver.cluster(run.cluster).api, claim, signal);
}
