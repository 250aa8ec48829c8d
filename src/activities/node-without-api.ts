import { hostname } from 'node:os';

import type { BackupRequest, NodeCandidate } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { ClusterConfig } from '../config/config.ts';
import { nodeName } from '../config/fields.ts';

/**
 * The node of a backup while the API cannot tell which there are: named in the request, else in the configuration, else the
 * worker's own machine (`local`), else the only host that is configured (`ssh`). Nobody can say whether the requested one is a
 * node: it must be a name that one can have, and one that is configured where any is.
 *
 * @throws `ConfigInvalid`, not retryable, where none of them says one, or the request names another
 */
export function nodeWithoutApi(
  cluster: Pick<ClusterConfig, 'access' | 'node' | 'ssh'>,
  request: Pick<BackupRequest, 'node'>,
): NodeCandidate {
  const without = "and the cluster's API did not answer";
  if (request.node !== undefined) {
    requireKnownNode(request.node, cluster);
    return { name: request.node, reason: `named in the request, ${without}` };
  }
  if (cluster.node !== undefined) {
    return { name: cluster.node, reason: `named in the configuration, ${without}` };
  }
  if (cluster.access === 'local') {
    return { name: hostname().toLowerCase(), reason: `the worker runs on it, ${without}` };
  }
  const [only, ...others] = Object.keys(cluster.ssh?.hosts ?? {});
  if (only !== undefined && others.length === 0) {
    return { name: only, reason: `the only host under ssh.hosts, ${without}` };
  }
  const hosts = only === undefined ? 'none' : [only, ...others].join(', ');
  throw failure('ConfigInvalid', {
    observed: `no node is named, ${without}; hosts under ssh.hosts: ${hosts}, expected one node`,
    nextStep: 'Name a control plane node in the request.',
  });
}

function requireKnownNode(name: string, { node, ssh }: Pick<ClusterConfig, 'node' | 'ssh'>): void {
  const isName = nodeName.safeParse(name).success;
  const known = [...Object.keys(ssh?.hosts ?? {}), ...(node === undefined ? [] : [node])];
  if (isName && (known.length === 0 || known.includes(name))) return;
  const expected = isName ? `one of the configured: ${known.join(', ')}` : "a node's name";
  throw failure('ConfigInvalid', {
    observed: `the request names ${JSON.stringify(name)}, and the cluster's API did not answer whether it is a node; expected ${expected}`,
    nextStep: 'Name a control plane node that is under ssh.hosts, or configure it there.',
  });
}
