import type { Override } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import { suggest } from '../config/suggest.ts';
import { clusterGuardNames } from '../openshift/guards/index.ts';
import { nodeGuardNames } from '../openshift/node-guards/names.ts';

/**
 * Refuses overrides that name no guard of the cluster or of the node, or that give no reason: a typo must not look as if it
 * had worked.
 *
 * @throws `ConfigInvalid`, not retryable
 */
export function requireKnownOverrides(overrides: readonly Override[]): void {
  const known = [...new Set([...clusterGuardNames, ...nodeGuardNames])];
  const problems = overrides.flatMap(({ guard, reason }) => {
    if (!known.includes(guard)) {
      const near = suggest(guard, known);
      const meant = near === undefined ? '' : `; did you mean ${near}?`;
      return [`no guard ${guard} to override${meant}`];
    }
    return reason.trim() === '' ? [`the override of ${guard} gives no reason`] : [];
  });
  if (problems.length === 0) return;
  throw failure('ConfigInvalid', {
    observed: [...problems, `expected a reason, and one of ${known.join(', ')}`],
  });
}
