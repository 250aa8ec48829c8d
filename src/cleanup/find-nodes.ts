import { hostname } from 'node:os';

import type { ClusterConfig } from '../config/config.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { readControlPlaneNodes } from '../openshift/control-plane-nodes.ts';
import { readEtcdPods } from '../openshift/etcd-pods.ts';
import type { VisitedNode } from './node-visits.ts';
import { orProblem } from './problem.ts';
import type { Problem } from './problem.ts';

/** The nodes to look at, and what kept others from being found. */
export interface FoundNodes {
  readonly nodes: readonly VisitedNode[];
  readonly problems: readonly Problem[];
}

/** The control plane nodes; where the API does not say them, those that the configuration names. Reads only. */
export async function findNodes(
  api: ClusterApi,
  cluster: ClusterConfig,
  signal: AbortSignal,
): Promise<FoundNodes> {
  // A worker on the node reaches no other one.
  if (cluster.access === 'local') return { nodes: [{ name: hostname() }], problems: [] };
  const nodes = await orProblem('control plane nodes', signal, () =>
    readControlPlaneNodes(api, signal),
  );
  if ('problem' in nodes) {
    const names = Object.keys(cluster.ssh?.hosts ?? {});
    const known = cluster.access === 'ssh' ? names : [];
    return { nodes: known.map((name) => ({ name })), problems: [nodes.problem] };
  }
  const pods = await orProblem('etcd pods', signal, () => readEtcdPods(api, signal));
  const images = new Map(
    'value' in pods ? pods.value.map(({ nodeName, image }) => [nodeName, image]) : [],
  );
  // A node that runs no member any more still starts what a sibling runs.
  const some = [...images.values()].find((image) => image !== undefined);
  return {
    nodes: nodes.value.map(({ name }) => {
      const etcdImage = images.get(name) ?? some;
      return { name, ...(etcdImage === undefined ? {} : { etcdImage }) };
    }),
    problems: [],
  };
}
