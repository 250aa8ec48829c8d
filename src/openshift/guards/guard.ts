import type { NodeChoice } from '../choose-node.ts';
import type { ObservedCluster } from '../observe-cluster.ts';

/** What a guard looks at. */
export interface GuardContext {
  readonly observed: ObservedCluster;
  readonly choice: NodeChoice;
}

/** What a guard found: one line of evidence, and whether the backup may go on. */
export interface GuardVerdict {
  readonly outcome: 'passed' | 'refused' | 'notEvaluated';
  readonly evidence: string;
}

/** One sentence of the manual as a decision, made before any privileged pod exists. Pure. */
export type Guard = (context: GuardContext) => GuardVerdict;

export function passed(evidence: string): GuardVerdict {
  return { outcome: 'passed', evidence };
}

export function refused(evidence: string): GuardVerdict {
  return { outcome: 'refused', evidence };
}

export function notEvaluated(evidence: string): GuardVerdict {
  return { outcome: 'notEvaluated', evidence };
}
