import type { GuardFinding } from '../contracts/cluster-facts.ts';
import type { Override } from '../contracts/request.ts';
import { failure } from '../contracts/failures.ts';
import type { GuardContext } from './guards/guard.ts';
import { guards } from './guards/index.ts';

/**
 * Evaluates every guard, so that all that is wrong is said at once. A guard that refuses and is overridden by name passes,
 * and is recorded as overridden.
 *
 * @throws `ConfigInvalid`, not retryable, for an override of a guard that does not exist
 */
export function evaluateGuards(
  context: GuardContext,
  overrides: readonly Override[],
): readonly GuardFinding[] {
  const unknown = overrides.filter(({ guard }) => !Object.hasOwn(guards, guard));
  if (unknown.length > 0) {
    throw failure('ConfigInvalid', {
      observed: `no guard ${unknown.map(({ guard }) => guard).join(', ')} to override, expected one of ${Object.keys(guards).join(', ')}`,
    });
  }
  return Object.entries(guards).map(([name, guard]) => {
    const { outcome, evidence } = guard(context);
    const override = overrides.find((each) => each.guard === name);
    return outcome !== 'passed' && override !== undefined
      ? {
          guard: name,
          outcome: 'overridden',
          evidence: `${evidence}; overridden: ${override.reason}`,
        }
      : { guard: name, outcome, evidence };
  });
}

/**
 * Fails where any guard refused, naming each with its evidence.
 *
 * @throws `GuardRefused`, not retryable
 */
export function requirePassed(findings: readonly GuardFinding[]): void {
  const refusing = findings.filter(({ outcome }) => outcome === 'refused');
  if (refusing.length === 0) return;
  const observed = refusing.map(({ guard, evidence }) => `${guard}: ${evidence}`).join(' | ');
  throw failure('GuardRefused', { observed });
}
