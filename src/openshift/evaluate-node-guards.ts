import type { GuardFinding, Override } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { FailureType } from '../contracts/failures.ts';
import { finding } from './evaluate-guards.ts';
import { nodeGuards } from './node-guards/index.ts';
import { nodeGuardNames } from './node-guards/names.ts';
import type { NodeGuardContext } from './node-guards/node-guard.ts';

/** What one node guard decided. */
export interface NodeFinding extends GuardFinding {
  /** It refused, and no other node could answer better. */
  readonly isEverywhere?: true;
}

/**
 * Evaluates every node guard, so that all that is wrong with a node is said at once. One that does not pass and is overridden
 * by name is recorded as overridden. Overrides of other guards say nothing here.
 */
export function evaluateNodeGuards(
  context: NodeGuardContext,
  overrides: readonly Override[],
): readonly NodeFinding[] {
  return nodeGuardNames.map((guard) => {
    const override = overrides.find((each) => each.guard === guard);
    const verdict = nodeGuards[guard](context);
    const found = finding(guard, verdict, override);
    return found.outcome === 'refused' && verdict.isEverywhere
      ? { ...found, isEverywhere: true }
      : found;
  });
}

/**
 * Fails where a node guard refused, naming each with its evidence. A node that is not fit sends the run to the next one; what
 * no other node could answer better ends it.
 *
 * @throws `GuardRefused` when one refused that refuses every node, `NodeDiskFull` when only `freeSpace` did, else
 * `NodeUnfit`; none retryable
 */
export function requireFit(findings: readonly NodeFinding[], nodeName: string): void {
  const refusing = findings.filter(({ outcome }) => outcome === 'refused');
  if (refusing.length === 0) return;
  const observed = refusing.map(({ guard, evidence }) => `${guard}: ${evidence}`);
  throw failure(refusalType(refusing), {
    observed,
    where: { node: nodeName },
  });
}

function refusalType(refusing: readonly NodeFinding[]): FailureType {
  if (refusing.some(({ isEverywhere }) => isEverywhere)) return 'GuardRefused';
  return refusing.every(({ guard }) => guard === 'freeSpace') ? 'NodeDiskFull' : 'NodeUnfit';
}
