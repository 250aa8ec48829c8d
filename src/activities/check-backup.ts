import { randomBytes } from 'node:crypto';

import type { BackupPlan, CheckRequest, Inspection, Run } from '../contracts/index.ts';
import { failureDetails, failureType } from '../contracts/failures.ts';
import { leftInspection, planWithNode } from '../contracts/plan-with-node.ts';
import type { Config } from '../config/config.ts';
import { createResolver } from '../config/resolve.ts';
import type { Resolver } from '../config/resolve.ts';
import { endInspectionStep, inspectNodeStep } from './inspect-node-step.ts';
import { planBackup } from './plan-backup.ts';

/** Its debug pod ends by itself soon after; nobody waits longer for that. */
const endMs = 150_000;

/**
 * A check in this process, with this process's configuration: neither Temporal nor a worker is needed. With `onNode` it opens
 * a debug session and ends it again, also when the signal aborts.
 *
 * @throws what {@link planBackup} throws; the signal's reason
 */
export async function checkBackup(
  config: Config,
  request: CheckRequest,
  signal: AbortSignal,
): Promise<BackupPlan> {
  const resolver = createResolver(config);
  const run = nameCheck(request.cluster);
  const { plan, inspection } = await planBackup(config, resolver, { run, request }, signal);
  if (request.onNode !== true || inspection === undefined) return plan;
  return await lookAtNode(resolver, plan, inspection, signal);
}

async function lookAtNode(
  resolver: Resolver,
  plan: BackupPlan,
  inspection: Inspection,
  signal: AbortSignal,
): Promise<BackupPlan> {
  let looked: BackupPlan;
  let left: string | undefined;
  try {
    const report = (): void => {};
    const onNode = await inspectNodeStep(inspection, { resolver, signal, report });
    looked = planWithNode(plan, { onNode });
  } catch (error) {
    signal.throwIfAborted();
    const type = failureType(error) ?? 'UnexpectedError';
    const { observed, nextStep } = failureDetails(error);
    looked = planWithNode(plan, { onNodeFailure: { type, observed, nextStep } });
  } finally {
    left = await endInspection(resolver, inspection);
  }
  return left === undefined ? looked : { ...looked, warnings: [...looked.warnings, left] };
}

/** What is left where it could not be ended. */
async function endInspection(
  resolver: Resolver,
  inspection: Inspection,
): Promise<string | undefined> {
  try {
    await endInspectionStep(inspection, { resolver, signal: AbortSignal.timeout(endMs) });
    return undefined;
  } catch {
    return leftInspection(inspection);
  }
}

/** Named as a run would be: what a killed check leaves is then found by the same labels. */
function nameCheck(cluster: string): Run {
  const name = randomBytes(6).toString('hex');
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return { name, id: `${time}-${name}`, cluster };
}
