import { passed, refused } from './guard.ts';
import type { Guard } from './guard.ts';

const supported: ReadonlySet<string> = new Set(['HighlyAvailable', 'SingleReplica']);

/**
 * The control plane is of a kind whose backup was proven. A hosted one has no etcd on its nodes; with an arbiter or two nodes
 * a restore differs.
 *
 * @see https://github.com/openshift/api/blob/release-4.20/config/v1/types_infrastructure.go
 */
export const topology: Guard = ({ observed }) => {
  const { topology: found } = observed.infrastructure;
  if (found === undefined) return passed('no topology in the API, as before 4.8');
  if (found === 'External') {
    return refused(
      'the control plane is hosted outside the cluster: its etcd is not on these nodes',
    );
  }
  return supported.has(found)
    ? passed(`topology ${found}`)
    : refused(`topology ${found} is not proven, expected ${[...supported].join(' or ')}`);
};
