import type { GuardFinding } from '../contracts/cluster-facts.ts';
import type { Override } from '../contracts/request.ts';
import { failure } from '../contracts/failures.ts';
import { notEvaluated } from './guards/guard.ts';
import type { Guard, GuardContext, GuardVerdict } from './guards/guard.ts';
import { guards } from './guards/index.ts';
import { NotObserved } from './observed-cluster.ts';

/**
 * Evaluates every guard, so that all that is wrong is said at once. One that does not pass and is overridden by name is recorded
 * as overridden; one that looks at something which could not be read is not evaluated.
 */
export function evaluateGuards(
  context: GuardContext,
  overrides: readonly Override[],
): readonly GuardFinding[] {
  return Object.entries(guards).map(([name, guard]) => {
    const verdict = evaluate(guard, context);
    const override = overrides.find((each) => each.guard === name);
    return finding(name, verdict, override);
  });
}

function evaluate(guard: Guard, context: GuardContext): GuardVerdict {
  try {
    return guard(context);
  } catch (error) {
    if (error instanceof NotObserved) return notEvaluated(error.message);
    throw error;
  }
}

/** What is recorded of a guard. The word of a person stands before that of the configuration. */
export function finding(
  guard: string,
  verdict: GuardVerdict,
  override: Override | undefined,
): GuardFinding {
  const { outcome, evidence } = verdict;
  if (outcome !== 'passed' && override !== undefined) {
    const { reason, who } = override;
    const by = who === undefined ? '' : ` by ${who}`;
    return { guard, outcome: 'overridden', evidence: `${evidence}; overridden${by}: ${reason}` };
  }
  const until = 'until' in verdict ? verdict.until?.toISOString() : undefined;
  return { guard, outcome, evidence, ...(until === undefined ? {} : { until }) };
}

/**
 * Fails where any guard refused, naming each with its evidence, and when it will pass by itself where that is known.
 *
 * @throws `GuardRefused`, not retryable
 */
export function requirePassed(findings: readonly GuardFinding[]): void {
  const refusing = findings.filter(({ outcome }) => outcome === 'refused');
  if (refusing.length === 0) return;
  const observed = refusing.map(({ guard, evidence, until }) => {
    const passes = until === undefined ? '' : ` (passes by itself at ${until})`;
    return `${guard}: ${evidence}${passes}`;
  });
  throw failure('GuardRefused', { observed });
}
