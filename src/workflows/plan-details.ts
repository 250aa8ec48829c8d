import type { ApplicationFailure } from '@temporalio/workflow';

import type { BackupPlan, GuardFinding } from '../contracts/index.ts';
import { failureDetails } from '../contracts/failures.ts';

/** A plan as Markdown for the Temporal UI: the answer first, then the guards, the node, and what to do. */
export function renderPlan(plan: BackupPlan): string {
  const { cluster, node, onNode, onNodeFailure, missingPermissions } = plan;
  const guards = [...plan.guards, ...(onNode?.guards ?? [])];
  return [
    `**Check of ${cluster}**: ${answers[plan.outcome]}`,
    '',
    `Node: ${node === undefined ? 'none is fit' : `\`${node.name}\`, ${node.reason}`}`,
    '',
    '| guard | evidence |',
    '| :-- | :-- |',
    ...guards.map(guardRow),
    '',
    ...missingPermissions.map(
      ({ verb, group, resource, namespace }) =>
        `- missing permission: \`${verb} ${[resource, group].filter(Boolean).join('.')}\`${namespace === undefined ? '' : ` in namespace ${namespace}`}`,
    ),
    ...(onNodeFailure === undefined
      ? []
      : [`- the node could not be looked at: ${onNodeFailure.observed}`]),
    ...plan.warnings.map((warning) => `- ${warning}`),
    '',
    `**You can:** ${advice(plan)}`,
  ].join('\n');
}

/** The same of a check that could not be made. */
export function renderUnplanned(cluster: string, failed: ApplicationFailure): string {
  const { observed, nextStep } = failureDetails(failed);
  return `**Check of ${cluster}**: failed, ${observed}\n\n**You can:** ${nextStep}`;
}

const answers = {
  ready: 'a backup may begin.',
  waiting: 'a backup would wait, then begin by itself.',
  refused: 'a backup would be refused.',
};

const marks = { passed: '✓', refused: '✗', waiting: '…', overridden: '!', notEvaluated: '?' };

function guardRow({ guard, outcome, evidence, until }: GuardFinding): string {
  const when = until === undefined ? '' : `; passes at ${until}`;
  return `| ${marks[outcome]} ${guard} | ${(evidence + when).replaceAll('|', '/')} |`;
}

function advice({ cluster, outcome, missingPermissions }: BackupPlan): string {
  if (outcome !== 'refused') return `\`etcd-backup run ${cluster}\`.`;
  if (missingPermissions.length > 0) {
    return `\`etcd-backup rbac ${cluster} | oc apply -f -\` as cluster-admin, and mend what the guards name.`;
  }
  return 'mend what is refused, or override a guard by name with a reason; then check again.';
}
