import type { BackupPlan, Inspection } from './plan.ts';

type Look =
  | { readonly onNode: NonNullable<BackupPlan['onNode']> }
  | { readonly onNodeFailure: NonNullable<BackupPlan['onNodeFailure']> };

/** A plan with what a look at the node found, or why there was none: what the node refuses, the plan refuses. */
export function planWithNode(plan: BackupPlan, look: Look): BackupPlan {
  const isRefused =
    'onNodeFailure' in look || look.onNode.guards.some(({ outcome }) => outcome === 'refused');
  return { ...plan, ...look, outcome: isRefused ? 'refused' : plan.outcome };
}

/** The warning that what carried the look at the node could not be ended. */
export function leftInspection({ session, take }: Inspection): string {
  if (session === undefined) return `the session on ${take.nodeName} could not be ended`;
  const { namespace, podName } = session;
  return `the debug pod ${namespace}/${podName} could not be ended: it ends by itself within ${session.activeDeadlineSeconds / 60} minutes, or by oc delete pod -n ${namespace} ${podName}`;
}
